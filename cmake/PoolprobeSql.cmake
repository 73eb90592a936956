# summary: pp_embed_sql() turns each .sql file into a C string constant at build time
#
# pp_embed_sql(<target> <file.sql>...) makes the static library <target> with one header, "<target>.h", that
# declares `extern const char sql_<file name without ending>[];` for each file.
function(pp_embed_sql target)
  set(header "${CMAKE_CURRENT_BINARY_DIR}/${target}/${target}.h")
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}/${target}.c")
  set(files "")
  foreach(f IN LISTS ARGN)
    list(APPEND files "${CMAKE_CURRENT_SOURCE_DIR}/${f}")
  endforeach()
  add_custom_command(
    OUTPUT ${header} ${source}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DHEADER=${header} -DSOURCE=${source} -DNAME=${target}
            -P ${CMAKE_SOURCE_DIR}/cmake/EmbedSql.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedSql.cmake
    VERBATIM)
  add_library(${target} STATIC ${source} ${header})
  target_include_directories(${target} PUBLIC "${CMAKE_CURRENT_BINARY_DIR}/${target}")
endfunction()
