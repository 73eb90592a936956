# summary: unit tests of poolload
pp_unit(loadgen_schedule poolload_core)
pp_unit(loadgen_stats poolload_core)
pp_unit(loadgen_config poolload_core)
pp_unit(loadgen_report poolload_core pp_store PkgConfig::CJSON)
pp_unit(loadgen_merge poolload_core PkgConfig::CJSON)
pp_unit(loadgen_watch poolload_core)
