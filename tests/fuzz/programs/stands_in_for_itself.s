# A type unit whose type is a declaration that refers to the same type unit.  The two definitions of
# struct two that struct outer contains are compared before their members are read, and there is
# no end to what their members' type stands for.
        .data
all:    .quad   0

        .section .debug_abbrev,"",@progbits
        .uleb128 1, 0x11                # DW_TAG_compile_unit, with children:
        .byte   1
        .uleb128 0x03, 0x08, 0, 0       # name: string
        .uleb128 2, 0x41                # DW_TAG_type_unit, with children
        .byte   1
        .uleb128 0, 0
        .uleb128 3, 0x13                # DW_TAG_structure_type: signature, declaration
        .byte   0
        .uleb128 0x69, 0x20, 0x3c, 0x19, 0, 0
        .uleb128 4, 0x13                # DW_TAG_structure_type, with children: name, size
        .byte   1
        .uleb128 0x03, 0x08, 0x0b, 0x0b, 0, 0
        .uleb128 5, 0x0d                # DW_TAG_member: name, type, offset
        .byte   0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x38, 0x0b, 0, 0
        .uleb128 6, 0x34                # DW_TAG_variable: name, type, location: exprloc
        .byte   0
        .uleb128 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0
        .uleb128 0

        .macro  inner_struct
        .uleb128 4
        .asciz  "inner"
        .byte   8
        .uleb128 5
        .asciz  "member"
        .long   stand_in\@ - unit
        .byte   0
        .byte   0
stand_in\@:
        .uleb128 3
        .quad   0x1234
        .endm

        .section .debug_info,"",@progbits
type:   .long   type_end - type_start
type_start:
        .short  5
        .byte   2, 8                    # DW_UT_type, size of addresses
        .long   0                       # abbreviations
        .quad   0x1234                  # signature
        .long   described - type
        .uleb128 2
described:
        .uleb128 3
        .quad   0x1234
        .byte   0
type_end:

unit:   .long   end - start
start:  .short  5
        .byte   1, 8                    # DW_UT_compile, size of addresses
        .long   0                       # abbreviations
        .uleb128 1
        .asciz  "itself.c"
outer:  .uleb128 4
        .asciz  "outer"
        .byte   16
        .uleb128 5
        .asciz  "left"
        .long   left - unit
        .byte   0
        .uleb128 5
        .asciz  "right"
        .long   right - unit
        .byte   8
        .byte   0
left:   inner_struct
right:  inner_struct
        .uleb128 6
        .asciz  "all"
        .long   outer - unit
        .uleb128 9
        .byte   3                       # DW_OP_addr
        .quad   all
        .byte   0
end:
