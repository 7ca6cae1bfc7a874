# Structs with two unnamed members, each of which is such a struct in turn, 60 deep, and an
# annotation on a member that is in none of them: 2^60 places to look for it.
        .section .kitsune,"MS",@progbits,1
        .asciz  "type\tstruct outer\tmissing\t0\tSZ\t\tdouble.c:1"
        .asciz  "type\tstruct outer\tmissing^\t0\tTAGGED\t1\tdouble.c:2"

        .data
all:    .quad   0

        .section .debug_abbrev,"",@progbits
        .uleb128 1, 0x11                # DW_TAG_compile_unit, with children:
        .byte   1
        .uleb128 0x03, 0x08, 0, 0       # name: string
        .uleb128 2, 0x13                # DW_TAG_structure_type, with children: size, line
        .byte   1
        .uleb128 0x0b, 0x0b, 0x3b, 0x0b, 0, 0
        .uleb128 3, 0x0d                # DW_TAG_member: type, offset
        .byte   0
        .uleb128 0x49, 0x13, 0x38, 0x0b, 0, 0
        .uleb128 4, 0x13                # DW_TAG_structure_type, with children: name, size
        .byte   1
        .uleb128 0x03, 0x08, 0x0b, 0x0b, 0, 0
        .uleb128 5, 0x34                # DW_TAG_variable: name, type, location: exprloc
        .byte   0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0
        .uleb128 0

        .macro  twice                   # two members of the type `inner`
        .uleb128 3
        .long   inner - unit
        .byte   0
        .uleb128 3
        .long   inner - unit
        .byte   0
        .byte   0
        .endm

        .section .debug_info,"",@progbits
unit:   .long   end - start
start:  .short  5
        .byte   1, 8                    # DW_UT_compile, size of addresses
        .long   0                       # abbreviations
        .uleb128 1
        .asciz  "double.c"
first:  .uleb128 2
        .byte   0, 1
        .byte   0
        .set    inner, first
        .set    number, 2
        .rept   60
        .uleb128 2
        .byte   0, number
        twice
        .set    inner, . - 16
        .set    number, number + 1
        .endr
outer:  .uleb128 4
        .asciz  "outer"
        .byte   0
        twice
        .uleb128 5
        .asciz  "all"
        .long   outer - unit
        .uleb128 9
        .byte   3                       # DW_OP_addr
        .quad   all
        .byte   0
end:
