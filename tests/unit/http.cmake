# summary: unit tests of the HTTP stage
pp_unit(http pp_http pp_flow)
