# summary: unit tests of target/ (reftarget)
pp_unit(target_pool pp_target Threads::Threads)
pp_unit(target_truth pp_target PkgConfig::CJSON)
pp_unit(target_parse pp_target)
