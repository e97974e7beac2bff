# What ships is optimised across translation units, guided by a profile of the gateway and the policy engine at
# work, so that the code of a request lies together. `./dev profile` takes it anew (docs/decisions/0015).
set(BAILIWICK_PROFILE "use" CACHE STRING "What a release build does with the profile: use, generate or off")
set_property(CACHE BAILIWICK_PROFILE PROPERTY STRINGS use generate off)
if(NOT BAILIWICK_PROFILE MATCHES "^(use|generate|off)$")
  message(FATAL_ERROR "BAILIWICK_PROFILE is '${BAILIWICK_PROFILE}'; it is use, generate or off")
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release" OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR BAILIWICK_SANITIZE)
  return()
endif()

# Functions of one file are named without its folder, which is another in every checkout.
set(profile_names -mllvm -static-func-full-module-prefix=false)
if(BAILIWICK_PROFILE STREQUAL "generate")
  add_compile_options(-fprofile-generate ${profile_names})
  add_link_options(-fprofile-generate)
  return()
endif()

find_program(LLD_PROGRAM ld.lld-19)
find_program(PROFDATA_PROGRAM llvm-profdata-19)
if(NOT LLD_PROGRAM OR NOT PROFDATA_PROGRAM OR BAILIWICK_PROFILE STREQUAL "off")
  message(STATUS "Release without link-time optimisation and profile")
  return()
endif()
set(profile_text ${CMAKE_SOURCE_DIR}/cmake/release.proftext)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile_text})
# Named by its content, so that another profile compiles everything again.
file(SHA256 ${profile_text} profile_hash)
string(SUBSTRING ${profile_hash} 0 12 profile_hash)
set(profile ${CMAKE_BINARY_DIR}/release-${profile_hash}.profdata)
if(NOT EXISTS ${profile})
  execute_process(COMMAND ${PROFDATA_PROGRAM} merge -o ${profile} ${profile_text} COMMAND_ERROR_IS_FATAL ANY)
endif()
# A function that was changed since goes without guidance; that is no fault.
add_compile_options(-flto=thin -ffunction-sections -fprofile-use=${profile} ${profile_names}
                    -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date -Wno-backend-plugin)
add_link_options(-fuse-ld=lld -flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/thinlto
                 -Wl,--thinlto-cache-policy=cache_size_bytes=1g)
set(BAILIWICK_LINKER lld)
