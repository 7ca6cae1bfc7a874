# An array whose elements are of its own type: resolving it must end before the stack does.
        .data
all:    .quad   0

        .section .debug_abbrev,"",@progbits
        .uleb128 1, 0x11                # DW_TAG_compile_unit, with children:
        .byte   1
        .uleb128 0x03, 0x08, 0, 0       # name: string
        .uleb128 2, 0x01                # DW_TAG_array_type
        .byte   0
        .uleb128 0x49, 0x13, 0, 0       # type: ref4
        .uleb128 3, 0x34                # DW_TAG_variable
        .byte   0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0 # name, type, location: exprloc
        .uleb128 0

        .section .debug_info,"",@progbits
unit:   .long   end - start
start:  .short  5
        .byte   1, 8                    # DW_UT_compile, size of addresses
        .long   0                       # abbreviations
        .uleb128 1
        .asciz  "array.c"
array:  .uleb128 2
        .long   array - unit
        .uleb128 3
        .asciz  "all"
        .long   array - unit
        .uleb128 9
        .byte   3                       # DW_OP_addr
        .quad   all
        .byte   0
end:
