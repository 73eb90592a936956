# summary: unit tests of the capture stage; decode and filter see its private headers
foreach(name capture_decode capture_filter)
  pp_unit(${name} pp_capture PkgConfig::PCAP)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/probe/capture)
endforeach()
pp_unit(capture_files pp_capture Threads::Threads)
pp_unit(capture_live pp_flow pp_capture Threads::Threads)
