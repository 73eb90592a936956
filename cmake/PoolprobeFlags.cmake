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
