/* kv_model_sets.c -- sets and sorted sets in the model. */
#include "kv_model_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Sets ------------------------------------------------------------------------------------ */

static bool has_member(const struct key *key, int member)
{
    return key->members >> member & 1;
}

bool key_remove_member(struct key *key, const char *member)
{
    int number = member[0] == 'm' ? atoi(member + 1) : MEMBERS;

    if (number >= MEMBERS || !has_member(key, number))
        return false;
    key->members &= ~(1u << number);
    if (key->members == 0)
        forget_value(key);
    return true;
}

/* SADD or SREM of up to three members. */
void step_change_members(struct step *step, bool adds)
{
    struct key *key = step->key;
    int first = pick(step->keyspace, MEMBERS), changed = 0;

    begin(step, adds ? "SADD" : "SREM");
    for (int i = first; i < MEMBERS && i < first + 3; i++) {
        words_add(step->words, "m%d", i);
        changed += has_member(key, i) != adds;
        key->members = adds ? key->members | 1u << i : key->members & ~(1u << i);
    }
    expect_integer(step, changed);
    if (key->members == 0)
        forget_value(key);
    else
        key->present = true;
}

void step_smembers(struct step *step)
{
    struct form form = {0};
    char name[16];

    begin(step, "SMEMBERS");
    form_begin_array(&form);
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(name, sizeof name, "m%d", i);
        if (has_member(step->key, i))
            form_add_string(&form, name);
    }
    expect_form(step, EXPECT_ANY_ORDER, form);
}

bool step_members(struct step *step)
{
    struct key *key = step->key;
    int member = pick(step->keyspace, MEMBERS);

    switch (pick(step->keyspace, 8)) {
    case 0: case 1: step_change_members(step, true); break;
    case 2: step_change_members(step, false); break;
    case 3: step_smembers(step); break;
    case 4:
        begin(step, "SCARD");
        expect_integer(step, __builtin_popcount(key->members));
        break;
    case 5:
        begin(step, "SPOP");
        if (!key->present) {
            expect_null(step);
            break;
        }
        step->expectation->kind = EXPECT_MEMBER;
        step->expectation->key = key;
        return false;
    default:
        begin(step, "SISMEMBER");
        words_add(step->words, "m%d", member);
        expect_integer(step, has_member(key, member));
    }
    return true;
}

/* ---- Sorted sets ----------------------------------------------------------------------------- */

static bool score_before(const struct key *key, int left, int right)
{
    char left_name[16], right_name[16];

    if (key->scores[left] != key->scores[right])
        return key->scores[left] < key->scores[right];
    snprintf(left_name, sizeof left_name, "m%d", left);
    snprintf(right_name, sizeof right_name, "m%d", right);
    return strcmp(left_name, right_name) < 0;
}

/* The members in order; returns how many. */
static int sort_members(const struct key *key, int order[MEMBERS])
{
    int count = 0;

    for (int i = 0; i < MEMBERS; i++) {
        if (!has_member(key, i))
            continue;
        int place = count++;
        for (; place > 0 && score_before(key, i, order[place - 1]); place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
    return count;
}

/* Scores are halves: exact in binary and in print. */
static void format_score(char out[32], double score)
{
    snprintf(out, 32, "%.12g", score);
}

static double random_score(struct keyspace *keyspace)
{
    return (pick(keyspace, 400) - 200) / 2.0;
}

static void add_scored(struct form *form, const struct key *key, int member)
{
    char text[32];

    snprintf(text, sizeof text, "m%d", member);
    form_add_string(form, text);
    format_score(text, key->scores[member]);
    form_add_string(form, text);
}

void step_zadd(struct step *step)
{
    struct key *key = step->key;
    int first = pick(step->keyspace, MEMBERS), added = 0;
    char text[32];

    begin(step, "ZADD");
    for (int i = first; i < MEMBERS && i < first + 2; i++) {
        double score = random_score(step->keyspace);
        format_score(text, score);
        words_add(step->words, "%s", text);
        words_add(step->words, "m%d", i);
        added += !has_member(key, i);
        key->members |= 1u << i;
        key->scores[i] = score;
    }
    key->present = true;
    expect_integer(step, added);
}

static void step_zincrby(struct step *step, int member)
{
    struct key *key = step->key;
    double by = random_score(step->keyspace);
    char text[32];

    begin(step, "ZINCRBY");
    format_score(text, by);
    words_add(step->words, "%s", text);
    words_add(step->words, "m%d", member);
    key->scores[member] = has_member(key, member) ? key->scores[member] + by : by;
    key->members |= 1u << member;
    key->present = true;
    format_score(text, key->scores[member]);
    expect_bytes(step, "$=", text, strlen(text));
}

void step_zrange(struct step *step, int first, int last)
{
    struct form form = {0};
    int order[MEMBERS], count = sort_members(step->key, order);

    begin(step, "ZRANGE");
    words_add(step->words, "%d", first);
    words_add(step->words, "%d", last);
    words_add(step->words, "WITHSCORES");
    form_begin_array(&form);
    for (int i = first; i < count && (last < 0 || i <= last); i++)
        add_scored(&form, step->key, order[i]);
    expect_form(step, EXPECT_EXACTLY, form);
}

static void step_zrangebyscore(struct step *step)
{
    struct form form = {0};
    int order[MEMBERS], count = sort_members(step->key, order);
    double low = random_score(step->keyspace), high = low + pick(step->keyspace, 100);
    char text[32];

    begin(step, "ZRANGEBYSCORE");
    format_score(text, low);
    words_add(step->words, "%s", text);
    format_score(text, high);
    words_add(step->words, "(%s", text);
    words_add(step->words, "WITHSCORES");
    form_begin_array(&form);
    for (int i = 0; i < count; i++)
        if (step->key->scores[order[i]] >= low && step->key->scores[order[i]] < high)
            add_scored(&form, step->key, order[i]);
    expect_form(step, EXPECT_EXACTLY, form);
}

static void step_zrank(struct step *step, int member)
{
    int order[MEMBERS], count = sort_members(step->key, order);

    begin(step, "ZRANK");
    words_add(step->words, "m%d", member);
    expect_null(step);
    for (int i = 0; i < count; i++)
        if (order[i] == member)
            expect_integer(step, i);
}

static void lose_member(struct key *key, int member)
{
    key->members &= ~(1u << member);
    if (key->members == 0)
        forget_value(key);
}

static void step_zpopmin(struct step *step)
{
    struct form form = {0};
    int order[MEMBERS], count = sort_members(step->key, order);

    begin(step, "ZPOPMIN");
    form_begin_array(&form);
    if (count > 0) {
        add_scored(&form, step->key, order[0]);
        lose_member(step->key, order[0]);
    }
    expect_form(step, EXPECT_EXACTLY, form);
}

void step_sorted_set(struct step *step)
{
    struct key *key = step->key;
    int member = pick(step->keyspace, MEMBERS);
    char text[32];

    switch (pick(step->keyspace, 11)) {
    case 0: case 1: step_zadd(step); break;
    case 2: step_zincrby(step, member); break;
    case 3: step_zrange(step, pick(step->keyspace, 4), 3 + pick(step->keyspace, 12)); break;
    case 4: step_zrangebyscore(step); break;
    case 5: step_zrank(step, member); break;
    case 6: step_zpopmin(step); break;
    case 7:
        begin(step, "ZREM");
        words_add(step->words, "m%d", member);
        expect_integer(step, has_member(key, member));
        lose_member(key, member);
        break;
    case 8:
        begin(step, "ZCARD");
        expect_integer(step, __builtin_popcount(key->members));
        break;
    default:
        begin(step, "ZSCORE");
        words_add(step->words, "m%d", member);
        format_score(text, key->scores[member]);
        if (has_member(key, member))
            expect_bytes(step, "$=", text, strlen(text));
        else
            expect_null(step);
    }
}
