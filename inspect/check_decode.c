/* check_decode.c -- x86-64 instructions to steps, with capstone.  See check_machine.h. */
#include "check_machine.h"

#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

struct decoder {
    const struct binary *binary;
    csh handle;
    cs_insn *instruction; /* used for one after the other */
};

struct decoder *decoder_new(const struct binary *binary)
{
    struct decoder *decoder;
    GElf_Ehdr header;

    if (!binary->elf || !gelf_getehdr(binary->elf, &header) || header.e_machine != EM_X86_64)
        return NULL;
    decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return NULL;
    decoder->binary = binary;
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &decoder->handle) != CS_ERR_OK) {
        free(decoder);
        return NULL;
    }
    cs_option(decoder->handle, CS_OPT_DETAIL, CS_OPT_ON);
    decoder->instruction = cs_malloc(decoder->handle);
    return decoder;
}

void decoder_free(struct decoder *decoder)
{
    if (!decoder)
        return;
    cs_free(decoder->instruction, 1);
    cs_close(&decoder->handle);
    free(decoder);
}

/* ---- Operands ------------------------------------------------------------------------------ */

static const x86_reg names[REGISTER_COUNT][5] = {
    [RAX] = {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
    [RCX] = {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
    [RDX] = {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
    [RBX] = {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
    [RSP] = {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL, X86_REG_SPL},
    [RBP] = {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, X86_REG_BPL},
    [RSI] = {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, X86_REG_SIL},
    [RDI] = {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, X86_REG_DIL},
    [R8] = {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, X86_REG_R8B},
    [R9] = {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, X86_REG_R9B},
    [R10] = {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, X86_REG_R10B},
    [R11] = {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, X86_REG_R11B},
    [R12] = {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, X86_REG_R12B},
    [R13] = {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, X86_REG_R13B},
    [R14] = {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, X86_REG_R14B},
    [R15] = {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, X86_REG_R15B},
};

/* The whole register that `name` is a part of; NO_REGISTER for others. */
static int register_of(unsigned name)
{
    for (int i = 0; i < REGISTER_COUNT; i++)
        for (int k = 0; k < 5; k++)
            if (names[i][k] == name)
                return i;
    return NO_REGISTER;
}

static int vector_of(unsigned name)
{
    if (name >= X86_REG_XMM0 && name <= X86_REG_XMM15)
        return (int)(name - X86_REG_XMM0);
    if (name >= X86_REG_YMM0 && name <= X86_REG_YMM15)
        return (int)(name - X86_REG_YMM0);
    return NO_REGISTER;
}

static bool is_whole_register(const cs_x86_op *operand)
{
    return operand->type == X86_OP_REG && operand->size == 8 &&
           register_of(operand->reg) != NO_REGISTER;
}

static struct memory memory_of(const cs_insn *instruction, const cs_x86_op *operand)
{
    const x86_op_mem *given = &operand->mem;
    struct memory memory = {NO_REGISTER, given->disp, false, NO_REGISTER};

    if (given->base == X86_REG_RIP)
        memory.displacement += (int64_t)(instruction->address + instruction->size);
    else if (given->base != X86_REG_INVALID)
        memory.base = register_of(given->base);
    memory.is_unknown = given->index != X86_REG_INVALID || given->segment == X86_REG_FS ||
                        given->segment == X86_REG_GS ||
                        (given->base != X86_REG_RIP && memory.base == NO_REGISTER);
    if (given->index != X86_REG_INVALID && given->segment == X86_REG_INVALID)
        memory.index = register_of(given->index);
    return memory;
}

/* ---- Moves --------------------------------------------------------------------------------- */

static void decode_move(const cs_insn *instruction, const cs_x86_op *to, const cs_x86_op *from,
                        struct step *step)
{
    step->width = to->size;
    if (to->type == X86_OP_MEM && from->type != X86_OP_MEM) {
        step->kind = STEP_STORE;
        step->memory = memory_of(instruction, to);
        step->source = from->type == X86_OP_REG ? register_of(from->reg) : NO_REGISTER;
        step->number = from->imm;
        if (from->type == X86_OP_REG && step->source == NO_REGISTER)
            step->kind = STEP_OTHER; /* a segment register */
        return;
    }
    step->target = to->type == X86_OP_REG ? register_of(to->reg) : NO_REGISTER;
    if (step->target == NO_REGISTER || to->size < 4)
        return;
    if (from->type == X86_OP_IMM) {
        step->kind = STEP_NUMBER;
        step->number = to->size == 4 ? (int64_t)(uint32_t)from->imm : from->imm;
    } else if (from->type == X86_OP_REG && register_of(from->reg) != NO_REGISTER) {
        step->kind = STEP_COPY;
        step->source = register_of(from->reg);
    } else if (from->type == X86_OP_MEM) {
        step->kind = STEP_LOAD;
        step->memory = memory_of(instruction, from);
    }
}

static void decode_address(const cs_insn *instruction, const cs_x86_op *to, const cs_x86_op *from,
                           struct step *step)
{
    struct memory memory = memory_of(instruction, from);

    if (!is_whole_register(to) || (memory.is_unknown && memory.index == NO_REGISTER))
        return;
    step->target = register_of(to->reg);
    if (memory.is_unknown) {
        step->kind = STEP_INSIDE;
        step->memory = memory;
        return;
    }
    step->number = memory.displacement;
    step->kind = memory.base == NO_REGISTER ? STEP_ADDRESS : STEP_ADD;
    step->source = memory.base;
}

static void decode_sum(const cs_insn *instruction, const cs_x86_op *to, const cs_x86_op *from,
                       struct step *step)
{
    if (instruction->id == X86_INS_ADD && is_whole_register(to) && is_whole_register(from)) {
        step->kind = STEP_INSIDE;
        step->target = register_of(to->reg);
        step->memory = (struct memory){step->target, 0, true, register_of(from->reg)};
        return;
    }
    if (!is_whole_register(to) || from->type != X86_OP_IMM)
        return;
    step->target = step->source = register_of(to->reg);
    step->kind = instruction->id == X86_INS_AND ? STEP_ALIGN : STEP_ADD;
    step->number = instruction->id == X86_INS_SUB ? -from->imm : from->imm;
}

/* movq, movaps and their kin, between vectors, registers and memory. */
static void decode_vector_move(const cs_insn *instruction, const cs_x86_op *to,
                               const cs_x86_op *from, struct step *step)
{
    int to_vector = to->type == X86_OP_REG ? vector_of(to->reg) : NO_REGISTER;
    int from_vector = from->type == X86_OP_REG ? vector_of(from->reg) : NO_REGISTER;

    if (to_vector != NO_REGISTER && to->size <= 16) {
        step->target = to_vector;
        step->width = from->size;
        if (from_vector != NO_REGISTER) {
            step->kind = STEP_VECTOR_COPY;
            step->source = from_vector;
        } else if (from->type == X86_OP_MEM) {
            step->kind = STEP_VECTOR_LOAD;
            step->memory = memory_of(instruction, from);
        } else if (is_whole_register(from)) {
            step->kind = STEP_VECTOR_SET;
            step->source = register_of(from->reg);
        }
    } else if (from_vector != NO_REGISTER && to->type == X86_OP_MEM) {
        step->kind = STEP_VECTOR_STORE;
        step->source = from_vector;
        step->width = to->size;
        step->memory = memory_of(instruction, to);
    }
}

static void decode_vector_pair(const cs_insn *instruction, const cs_x86_op *to,
                               const cs_x86_op *from, struct step *step)
{
    if (to->type != X86_OP_REG || vector_of(to->reg) == NO_REGISTER)
        return;
    step->target = vector_of(to->reg);
    if (from->type == X86_OP_MEM) {
        step->kind = STEP_VECTOR_HIGH;
        step->memory = memory_of(instruction, from);
    } else if (vector_of(from->reg) != NO_REGISTER) {
        step->kind = STEP_VECTOR_PAIR;
        step->source = vector_of(from->reg);
    }
}

/* ---- Control ------------------------------------------------------------------------------- */

static void decode_destination(const cs_insn *instruction, const cs_x86 *x86, struct step *step)
{
    const cs_x86_op *operand = &x86->operands[0];

    step->source = NO_REGISTER;
    if (x86->op_count == 0)
        return;
    if (operand->type == X86_OP_IMM) {
        step->destination = (uint64_t)operand->imm;
    } else if (operand->type == X86_OP_MEM) {
        step->uses_memory = true;
        step->memory = memory_of(instruction, operand);
    } else if (operand->type == X86_OP_REG) {
        step->source = register_of(operand->reg);
    }
}

static void decode_stack(const cs_insn *instruction, const cs_x86 *x86, struct step *step)
{
    const cs_x86_op *operand = &x86->operands[0];

    if (instruction->id == X86_INS_LEAVE) {
        step->kind = STEP_LEAVE;
    } else if (instruction->id == X86_INS_PUSH) {
        step->kind = STEP_PUSH;
        step->source = operand->type == X86_OP_REG ? register_of(operand->reg) : NO_REGISTER;
    } else {
        step->kind = STEP_POP;
        step->target = operand->type == X86_OP_REG ? register_of(operand->reg) : NO_REGISTER;
    }
}

/* ---- Instructions -------------------------------------------------------------------------- */

static void find_registers(const struct decoder *decoder, struct step *step)
{
    cs_regs read, written;
    uint8_t i, read_count, written_count;

    if (cs_regs_access(decoder->handle, decoder->instruction, read, &read_count, written,
                       &written_count) != CS_ERR_OK) {
        step->read = 0xffff;
        step->written = step->written_vectors = 0xffff & ~(1u << RSP);
        return;
    }
    for (i = 0; i < read_count; i++)
        if (register_of(read[i]) != NO_REGISTER)
            step->read |= 1u << register_of(read[i]);
    for (i = 0; i < written_count; i++) {
        int number = register_of(written[i]), vector = vector_of(written[i]);

        if (number != NO_REGISTER)
            step->written |= 1u << number;
        if (vector != NO_REGISTER)
            step->written_vectors |= 1u << vector;
    }
}

static bool is_in_group(const cs_insn *instruction, unsigned group)
{
    for (int i = 0; i < instruction->detail->groups_count; i++)
        if (instruction->detail->groups[i] == group)
            return true;
    return false;
}

/* With a constant, or with itself: `test eax, eax` asks whether it is 0. */
static void decode_test(const cs_insn *instruction, const cs_x86_op *left, const cs_x86_op *right,
                        struct step *step)
{
    bool is_with_itself = instruction->id == X86_INS_TEST && left->type == X86_OP_REG &&
                          right->type == X86_OP_REG && left->reg == right->reg;

    if (!is_with_itself && !(instruction->id == X86_INS_CMP && right->type == X86_OP_IMM))
        return;
    step->number = is_with_itself ? 0 : right->imm;
    step->width = left->size;
    if (left->type == X86_OP_MEM)
        step->memory = memory_of(instruction, left);
    else if (left->type == X86_OP_REG)
        step->source = register_of(left->reg);
    if (left->type == X86_OP_MEM || step->source != NO_REGISTER)
        step->kind = STEP_TEST;
}

static void decode_two_operands(const cs_insn *instruction, const cs_x86 *x86, struct step *step)
{
    const cs_x86_op *to = &x86->operands[0], *from = &x86->operands[1];

    switch (instruction->id) {
    case X86_INS_MOV:
    case X86_INS_MOVABS:
        decode_move(instruction, to, from, step);
        break;
    case X86_INS_LEA:
        decode_address(instruction, to, from, step);
        break;
    case X86_INS_XOR:
        if (to->type == X86_OP_REG && from->type == X86_OP_REG && to->reg == from->reg &&
            to->size >= 4) {
            step->kind = STEP_NUMBER;
            step->target = register_of(to->reg);
        }
        break;
    case X86_INS_TEST:
    case X86_INS_CMP:
        decode_test(instruction, to, from, step);
        break;
    case X86_INS_ADD:
    case X86_INS_SUB:
    case X86_INS_AND:
        decode_sum(instruction, to, from, step);
        break;
    case X86_INS_MOVQ:
    case X86_INS_MOVAPS:
    case X86_INS_MOVUPS:
    case X86_INS_MOVAPD:
    case X86_INS_MOVUPD:
    case X86_INS_MOVDQA:
    case X86_INS_MOVDQU:
        decode_vector_move(instruction, to, from, step);
        break;
    case X86_INS_PUNPCKLQDQ:
    case X86_INS_MOVHPS:
    case X86_INS_MOVLHPS:
        if (to->type == X86_OP_REG)
            decode_vector_pair(instruction, to, from, step);
        break;
    default:
        break;
    }
}

/* The sign of a difference is that of the comparison, for numbers as small as results are. */
static enum jump_condition condition_of(unsigned instruction)
{
    switch (instruction) {
    case X86_INS_JE:
        return JUMP_IF_EQUAL;
    case X86_INS_JNE:
        return JUMP_IF_DIFFERENT;
    case X86_INS_JL:
    case X86_INS_JS:
        return JUMP_IF_LESS;
    case X86_INS_JGE:
    case X86_INS_JNS:
        return JUMP_IF_NOT_LESS;
    case X86_INS_JG:
        return JUMP_IF_GREATER;
    case X86_INS_JLE:
        return JUMP_IF_NOT_GREATER;
    default:
        return JUMP_MAYBE;
    }
}

static void decode_one(struct decoder *decoder, struct step *step)
{
    const cs_insn *instruction = decoder->instruction;
    const cs_x86 *x86 = &instruction->detail->x86;

    *step = (struct step){.address = instruction->address, .target = NO_REGISTER,
                          .source = NO_REGISTER};
    if (is_in_group(instruction, CS_GRP_CALL)) {
        step->kind = STEP_CALL;
        decode_destination(instruction, x86, step);
    } else if (is_in_group(instruction, CS_GRP_JUMP)) {
        step->kind = STEP_JUMP;
        step->is_conditional = instruction->id != X86_INS_JMP;
        step->condition = condition_of(instruction->id);
        decode_destination(instruction, x86, step);
    } else if (is_in_group(instruction, CS_GRP_RET) || instruction->id == X86_INS_UD2 ||
               instruction->id == X86_INS_HLT) {
        step->kind = STEP_END;
        step->is_return = is_in_group(instruction, CS_GRP_RET);
    } else if (instruction->id == X86_INS_PUSH || instruction->id == X86_INS_POP ||
               instruction->id == X86_INS_LEAVE) {
        decode_stack(instruction, x86, step);
    } else if (x86->op_count == 2) {
        decode_two_operands(instruction, x86, step);
    }
    find_registers(decoder, step);
}

struct step *decode(struct decoder *decoder, uint64_t start, uint64_t size, size_t *count)
{
    const struct section *section = binary_section_at(decoder->binary, start);
    struct step *steps = NULL;
    const uint8_t *code;
    size_t left, capacity = 0;
    uint64_t address = start;

    *count = 0;
    if (!section || !section->bytes || !section->is_code)
        return NULL;
    code = section->bytes + (start - section->address);
    left = section->size - (start - section->address);
    if (left > size)
        left = size;
    while (cs_disasm_iter(decoder->handle, &code, &left, &address, decoder->instruction)) {
        if (*count == capacity) {
            struct step *larger;

            capacity = capacity ? 2 * capacity : 256;
            larger = realloc(steps, capacity * sizeof *steps);
            if (!larger)
                break;
            steps = larger;
        }
        decode_one(decoder, &steps[(*count)++]);
    }
    return steps;
}
