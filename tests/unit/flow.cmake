# summary: unit tests of the flow stage
pp_unit(flow_rules pp_flow pp_capture)
pp_unit(flow_random pp_flow pp_capture)
pp_unit(flow_limits pp_flow pp_capture)
pp_unit(flow_captures pp_flow pp_capture PkgConfig::PCAP)
target_compile_definitions(test_flow_captures PRIVATE CAPTURES_DIR="${CMAKE_SOURCE_DIR}/../shared/captures")
