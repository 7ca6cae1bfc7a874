# KitsuneConfig.cmake -- for projects that build with CMake.
#
#       find_package(Kitsune REQUIRED)
#       kitsune_add_app(server main.c net.c)
#       target_link_libraries(server PRIVATE m)
#       kitsune_add_transformer(1-2 OLD releases/server-1.so NEW server RULES 1-2.xf)
#
# kitsune_add_app makes the target NAME, a version of the program, in the file NAME.so; everything
# that can be said of a target can be said of it.
#
# kitsune_add_transformer makes NAME.xf.so, which converts the state of the OLD version to that of
# the NEW one.  Each is a target or a file; RULES may be left out.
#
# The project is configured with -DCMAKE_C_COMPILER=.../bin/kitcc.

get_filename_component(KITSUNE_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(KITSUNE_KITCC "${KITSUNE_PREFIX}/bin/kitcc")
set(KITSUNE_XFGEN "${KITSUNE_PREFIX}/bin/xfgen")
set(Kitsune_FOUND TRUE)

get_filename_component(_kitsune_compiler "${CMAKE_C_COMPILER}" NAME)
if(NOT _kitsune_compiler MATCHES "^(kitcc|ktcc)$")
    set(Kitsune_FOUND FALSE)
    set(Kitsune_NOT_FOUND_MESSAGE
        "the C compiler is ${CMAKE_C_COMPILER}: configure with -DCMAKE_C_COMPILER=${KITSUNE_KITCC}")
endif()

# kitcc itself makes code position-independent; with -fPIC it would take the program's functions
# for those of a library, which others may replace.
function(_kitsune_module name suffix)
    set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX "${suffix}"
        POSITION_INDEPENDENT_CODE OFF)
endfunction()

function(kitsune_add_app name)
    add_library(${name} MODULE ${ARGN})
    _kitsune_module(${name} ".so")
    target_link_options(${name} PRIVATE -kitsune-app)
endfunction()

function(_kitsune_file variable version)
    if(TARGET ${version})
        set(${variable} "$<TARGET_FILE:${version}>" PARENT_SCOPE)
    else()
        get_filename_component(path "${version}" ABSOLUTE)
        set(${variable} "${path}" PARENT_SCOPE)
    endif()
endfunction()

function(kitsune_add_transformer name)
    cmake_parse_arguments(ARG "" "OLD;NEW;RULES" "" ${ARGN})
    if(NOT ARG_OLD OR NOT ARG_NEW OR ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR
            "kitsune_add_transformer(NAME OLD version NEW version [RULES file.xf])")
    endif()
    _kitsune_file(old "${ARG_OLD}")
    _kitsune_file(new "${ARG_NEW}")
    set(rules "")
    if(ARG_RULES)
        get_filename_component(rules "${ARG_RULES}" ABSOLUTE)
    endif()
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.xf.c")
    add_custom_command(OUTPUT "${source}"
        COMMAND "${KITSUNE_XFGEN}" "${old}" "${new}" ${rules} -o "${source}"
        DEPENDS "${old}" "${new}" ${ARG_OLD} ${ARG_NEW} ${rules} VERBATIM)
    add_library(${name} MODULE "${source}")
    _kitsune_module(${name} ".xf.so")
endfunction()
