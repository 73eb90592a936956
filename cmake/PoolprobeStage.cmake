# summary: pp_stage() makes one pipeline stage: a static library that sees base and the stages just before it
#
# pp_stage(NAME <stage> SOURCES <c files> [AFTER <stage>...] [LIBS <external targets>...])
#
# A stage's public header lies in <stage>/include/ and is the only header of it that others can see. AFTER is
# linked PRIVATE, so a stage's own header is not passed on to the stages after the next one: an include of any
# other stage's header does not compile (tests/layering proves it).
function(pp_stage)
  cmake_parse_arguments(ST "" "NAME" "SOURCES;AFTER;LIBS" ${ARGN})
  add_library(pp_${ST_NAME} STATIC ${ST_SOURCES})
  target_include_directories(pp_${ST_NAME}
    PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(pp_${ST_NAME} PRIVATE ${POOLPROBE_LTO_COMPILE})
  target_link_libraries(pp_${ST_NAME} PUBLIC pp_base PRIVATE ${ST_LIBS})
  foreach(before IN LISTS ST_AFTER)
    target_link_libraries(pp_${ST_NAME} PRIVATE pp_${before})
  endforeach()
endfunction()
