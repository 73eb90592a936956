# summary: language level, warnings as errors, sanitizers, fuzzing switch
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(POOLPROBE_SANITIZE "" CACHE STRING "value for -fsanitize=, empty for none")
option(POOLPROBE_FUZZ "build the libFuzzer targets (clang only)" OFF)

add_compile_definitions(_GNU_SOURCE POOLPROBE_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                    -Wpointer-arith -Wformat=2 -Wvla -Werror -fno-common -fstack-protector-strong)
if(POOLPROBE_SANITIZE)
  add_compile_options(-fsanitize=${POOLPROBE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${POOLPROBE_SANITIZE})
endif()
if(POOLPROBE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Link-time optimisation of the stages in release builds, where it is worth a fifth of the decoder's CPU time. The objects
# also hold ordinary code, so that only poolprobe itself pays for it when it is linked (pp_lto_link); tests do not. -O3 in
# place of -O2 spares the decoder another 7 %: it is all short calls across small functions.
set(POOLPROBE_LTO OFF)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE MATCHES "^(RelWithDebInfo|Release)$"
   AND NOT POOLPROBE_SANITIZE AND NOT POOLPROBE_FUZZ)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT POOLPROBE_LTO LANGUAGES C OUTPUT lto_why_not)
endif()
if(POOLPROBE_LTO)
  set(POOLPROBE_LTO_COMPILE -O3 -flto=auto -ffat-lto-objects)
  # gcc clears and copies structs of some hundred bytes by "rep stos" and "rep movs", which take longer to start than memset and
  # memcpy take for all of it: 3 % of the decoder's time.
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    list(APPEND POOLPROBE_LTO_COMPILE -mmemset-strategy=libcall:-1:noalign -mmemcpy-strategy=libcall:-1:noalign)
  endif()
  add_link_options($<$<NOT:$<BOOL:$<TARGET_PROPERTY:POOLPROBE_LTO_LINK>>>:-fno-lto>)
endif()

function(pp_lto_link target)
  if(POOLPROBE_LTO)
    set_target_properties(${target} PROPERTIES POOLPROBE_LTO_LINK ON)
    target_compile_options(${target} PRIVATE ${POOLPROBE_LTO_COMPILE})
    target_link_options(${target} PRIVATE ${POOLPROBE_LTO_COMPILE})
  endif()
endfunction()
