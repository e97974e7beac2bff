# Every third-party library, found once. All come from Debian 12.

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(simdjson REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(git2 REQUIRED IMPORTED_TARGET libgit2)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
find_package(date REQUIRED)
find_package(mimalloc 2.0 REQUIRED)
find_library(STEMMER_LIBRARY stemmer REQUIRED)

# Debian ships llhttp as C sources inside node-llhttp.
set(LLHTTP_SOURCES /usr/share/llhttp/api.c /usr/share/llhttp/http.c /usr/share/llhttp/llhttp.c)
add_library(llhttp STATIC ${LLHTTP_SOURCES})
target_include_directories(llhttp SYSTEM PUBLIC /usr/share/include/llhttp /usr/share/include)
target_compile_options(llhttp PRIVATE -w)

add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers OpenSSL::SSL Threads::Threads)
target_compile_definitions(asio INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_DISABLE_BOOST_COROUTINE
  # What Asio does not keep for its next operation comes from malloc: aligned_alloc is glibc's slow path.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=2 BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN)
