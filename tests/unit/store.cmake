# summary: tests of the store stage
foreach(part roundtrip gather full live files seconds ps)
  pp_unit(store_${part} pp_store pp_session PkgConfig::SQLITE)
endforeach()
