# summary: unit tests of base
pp_unit(base_rd)
pp_unit(base_buf)
pp_unit(base_map)
pp_unit(base_hist)
pp_unit(base_clock)
pp_unit(base_text PkgConfig::CJSON)
pp_unit(base_opt)
pp_unit(base_obj)
