# summary: pp_embed_page() makes the parts of the HTML reports (style, scripts, chart library) C arrays at build time
#
# The chart library comes from the npm registry with the versions and integrity hashes of page/package-lock.json. Without
# npm, or when it cannot be fetched, the build goes on and says so, and the pages keep their tables.
option(POOLPROBE_CHARTS "embed the chart library in the HTML reports (needs npm and, the first time, a network)" ON)

# Sets <out> to the folder with node_modules, or to "" and says why.
function(pp_fetch_page_library out)
  set(${out} "" PARENT_SCOPE)
  if(NOT POOLPROBE_CHARTS)
    message(STATUS "HTML reports: built without charts (POOLPROBE_CHARTS is off), with tables only")
    return()
  endif()
  find_program(NPM npm)
  if(NOT NPM)
    message(WARNING "HTML reports: built without charts, with tables only, because npm is missing (apt-get install npm)")
    return()
  endif()
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/page")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/npm")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}/package-lock.json" "${source}/package.json")
  file(SHA256 "${source}/package-lock.json" wanted)
  if(EXISTS "${folder}/fetched")
    file(READ "${folder}/fetched" have)
  endif()
  if(NOT "${have}" STREQUAL "${wanted}")
    file(REMOVE_RECURSE "${folder}")
    file(COPY "${source}/package.json" "${source}/package-lock.json" "${source}/.npmrc" DESTINATION "${folder}")
    execute_process(
      COMMAND ${NPM} ci --ignore-scripts --prefer-offline --no-audit --no-fund --fetch-retries=1
              --fetch-timeout=20000 --loglevel=error
      WORKING_DIRECTORY "${folder}" RESULT_VARIABLE rc OUTPUT_QUIET ERROR_VARIABLE said TIMEOUT 180)
    if(NOT rc EQUAL 0)
      string(REGEX REPLACE "\n.*" "" said "${said}")
      message(WARNING "HTML reports: built without charts, with tables only, because npm could not fetch the chart library "
                      "(${said}); configure again when there is a network")
      return()
    endif()
    file(WRITE "${folder}/fetched" "${wanted}")
  endif()
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# pp_embed_page(<target> STYLE <css> SCRIPTS <js>...) makes the static library <target> with the header page_assets.h.
function(pp_embed_page target)
  cmake_parse_arguments(PG "" "STYLE" "SCRIPTS" ${ARGN})
  find_package(Python3 COMPONENTS Interpreter REQUIRED)
  pp_fetch_page_library(folder)
  set(files "")
  foreach(f IN LISTS PG_STYLE PG_SCRIPTS)
    list(APPEND files "${CMAKE_CURRENT_SOURCE_DIR}/${f}")
  endforeach()
  set_property(GLOBAL PROPERTY POOLPROBE_PAGE_FILES "${files}") # for the tests of a build without the library
  set(embed "${CMAKE_SOURCE_DIR}/cmake/embed_page.py")
  set(dir "${CMAKE_CURRENT_BINARY_DIR}/page")
  set(source "${dir}/page_assets.c")
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${dir}
    COMMAND Python3::Interpreter ${embed} --out ${source} --library "${folder}" ${files}
    DEPENDS ${files} ${embed} "${CMAKE_CURRENT_SOURCE_DIR}/page_assets.h" "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.library"
    VERBATIM)
  # Another library, or none any more, makes the arrays again.
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.library" CONTENT "${folder}\n" @ONLY)
  add_library(${target} STATIC ${source})
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()
