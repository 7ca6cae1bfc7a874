# A struct of two gigabytes with a member aligned to as much: the largest power of two that an
# alignment can be.
        .data
all:    .quad   0

        .section .debug_abbrev,"",@progbits
        .uleb128 1, 0x11                # DW_TAG_compile_unit, with children:
        .byte   1
        .uleb128 0x03, 0x08, 0, 0       # name: string
        .uleb128 2, 0x13                # DW_TAG_structure_type, with children: name, size
        .byte   1
        .uleb128 0x03, 0x08, 0x0b, 0x06, 0, 0
        .uleb128 3, 0x0d                # DW_TAG_member: name, type, offset, alignment
        .byte   0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x38, 0x0b, 0x88, 0x06, 0, 0
        .uleb128 4, 0x24                # DW_TAG_base_type: name, encoding, size
        .byte   0
        .uleb128 0x03, 0x08, 0x3e, 0x0b, 0x0b, 0x0b, 0, 0
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
        .asciz  "aligned.c"
number: .uleb128 4
        .asciz  "int"
        .byte   5, 4
large:  .uleb128 2
        .asciz  "large"
        .long   0x80000000
        .uleb128 3
        .asciz  "member"
        .long   number - unit
        .byte   0
        .long   0x80000000
        .byte   0
        .uleb128 5
        .asciz  "all"
        .long   large - unit
        .uleb128 9
        .byte   3                       # DW_OP_addr
        .quad   all
        .byte   0
end:
