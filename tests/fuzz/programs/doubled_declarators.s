# Functions of two parameters, each of which is such a function in turn, 60 deep: as C writes it,
# the type would be 2^60 words long.
        .data
all:    .quad   0

        .section .debug_abbrev,"",@progbits
        .uleb128 1, 0x11                # DW_TAG_compile_unit, with children:
        .byte   1
        .uleb128 0x03, 0x08, 0, 0       # name: string
        .uleb128 2, 0x15                # DW_TAG_subroutine_type, with children: prototyped
        .byte   1
        .uleb128 0x27, 0x19, 0, 0
        .uleb128 3, 0x05                # DW_TAG_formal_parameter: type
        .byte   0
        .uleb128 0x49, 0x13, 0, 0
        .uleb128 4, 0x0f                # DW_TAG_pointer_type: type
        .byte   0
        .uleb128 0x49, 0x13, 0, 0
        .uleb128 5, 0x34                # DW_TAG_variable: name, type, location: exprloc
        .byte   0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0
        .uleb128 0

        .section .debug_info,"",@progbits
unit:   .long   end - start
start:  .short  5
        .byte   1, 8                    # DW_UT_compile, size of addresses
        .long   0                       # abbreviations
        .uleb128 1
        .asciz  "double.c"
first:  .uleb128 2
        .byte   0
        .set    inner, first
        .rept   60
        .uleb128 4
        .long   inner - unit
        .uleb128 2
        .uleb128 3
        .long   . - 7 - unit
        .uleb128 3
        .long   . - 12 - unit
        .byte   0
        .set    inner, . - 12
        .endr
        .uleb128 5
        .asciz  "all"
        .long   inner - 5 - unit
        .uleb128 9
        .byte   3                       # DW_OP_addr
        .quad   all
        .byte   0
end:
