/* check_known.c -- the table, by library.  A line is worth adding for a function that many programs
 * call; what is not here counts as one that keeps what it is given. */
#include "check_known.h"

#include <stddef.h>
#include <string.h>

static const char buffer_advice[] =
    "allocate the buffer with malloc and keep the pointer in a variable, or give the library "
    "another buffer before the update point";
static const char environment_advice[] =
    "use setenv, which makes a copy";
static const char key_advice[] =
    "in the new version, before its update point, make a key with the new destructor, set this "
    "thread's value again, and delete the old key";
static const char event_advice[] =
    "in the new version, before its update point, delete the old one and make it again; or use "
    "SIGEV_SIGNAL, or a timerfd in the main loop";
static const char event_loop_advice[] =
    "in the new version, when it has passed its update point (before it, the update may still be "
    "given up), delete the event and make it again, with the new function and with data that the "
    "new version knows";
static const char stack_advice[] =
    "let no context of the old version be entered after an update: make it again in the new "
    "version, before its update point";

static const struct known_function functions[] = {
    /* ---- The C library: used during the call only ---- */
    {"qsort", HABIT_HARMLESS, 0, NULL},
    {"qsort_r", HABIT_HARMLESS, 0, NULL},
    {"bsearch", HABIT_HARMLESS, 0, NULL},
    {"lfind", HABIT_HARMLESS, 0, NULL},
    {"lsearch", HABIT_HARMLESS, 0, NULL},
    {"tsearch", HABIT_HARMLESS, 0, NULL},
    {"tfind", HABIT_HARMLESS, 0, NULL},
    {"tdelete", HABIT_HARMLESS, 0, NULL},
    {"tdestroy", HABIT_HARMLESS, 0, NULL},
    {"twalk", HABIT_HARMLESS, 0, NULL},
    {"twalk_r", HABIT_HARMLESS, 0, NULL},
    {"ftw", HABIT_HARMLESS, 0, NULL},
    {"ftw64", HABIT_HARMLESS, 0, NULL},
    {"nftw", HABIT_HARMLESS, 0, NULL},
    {"nftw64", HABIT_HARMLESS, 0, NULL},
    {"glob", HABIT_HARMLESS, 0, NULL},
    {"glob64", HABIT_HARMLESS, 0, NULL},
    {"scandir", HABIT_HARMLESS, 0, NULL},
    {"scandir64", HABIT_HARMLESS, 0, NULL},
    {"scandirat", HABIT_HARMLESS, 0, NULL},
    {"scandirat64", HABIT_HARMLESS, 0, NULL},
    {"pthread_once", HABIT_HARMLESS, 0, NULL},
    {"call_once", HABIT_HARMLESS, 0, NULL},
    {"dl_iterate_phdr", HABIT_HARMLESS, 0, NULL},
    {"dladdr", HABIT_HARMLESS, 0, NULL},
    {"dladdr1", HABIT_HARMLESS, 0, NULL},
    {"argp_parse", HABIT_HARMLESS, 0, NULL},
    {"argp_help", HABIT_HARMLESS, 0, NULL},
    {"getopt_long", HABIT_HARMLESS, 0, NULL},
    {"getopt_long_only", HABIT_HARMLESS, 0, NULL},
    {"printf", HABIT_HARMLESS, 0, NULL},
    {"fprintf", HABIT_HARMLESS, 0, NULL},
    {"dprintf", HABIT_HARMLESS, 0, NULL},
    {"sprintf", HABIT_HARMLESS, 0, NULL},
    {"snprintf", HABIT_HARMLESS, 0, NULL},
    {"asprintf", HABIT_HARMLESS, 0, NULL},
    {"syslog", HABIT_HARMLESS, 0, NULL},
    {"__*printf_chk", HABIT_HARMLESS, 0, NULL},
    {"__syslog_chk", HABIT_HARMLESS, 0, NULL},
    {"memcpy", HABIT_HARMLESS, 0, NULL},
    {"memmove", HABIT_HARMLESS, 0, NULL},
    {"memcmp", HABIT_HARMLESS, 0, NULL},
    {"memset", HABIT_HARMLESS, 0, NULL},
    {"__memcpy_chk", HABIT_HARMLESS, 0, NULL},
    {"__memmove_chk", HABIT_HARMLESS, 0, NULL},
    {"free", HABIT_HARMLESS, 0, NULL},
    {"malloc", HABIT_HARMLESS, 0, NULL},
    {"calloc", HABIT_HARMLESS, 0, NULL},
    {"realloc", HABIT_HARMLESS, 0, NULL},
    {"strlen", HABIT_HARMLESS, 0, NULL},
    {"__assert_fail", HABIT_HARMLESS, 0, NULL},
    {"__cyg_profile_func_enter", HABIT_HARMLESS, 0, NULL},
    {"__cyg_profile_func_exit", HABIT_HARMLESS, 0, NULL},
    {"mcount", HABIT_HARMLESS, 0, NULL},
    {"__fentry__", HABIT_HARMLESS, 0, NULL},

    /* ---- The C library: the runtime takes care of it, or refuses ---- */
    {"signal", HABIT_SIGNAL, 0, NULL},
    {"bsd_signal", HABIT_SIGNAL, 0, NULL},
    {"sysv_signal", HABIT_SIGNAL, 0, NULL},
    {"__sysv_signal", HABIT_SIGNAL, 0, NULL},
    {"ssignal", HABIT_SIGNAL, 0, NULL},
    {"sigset", HABIT_SIGNAL, 0, NULL},
    {"sigaction", HABIT_SIGACTION, 0, NULL},
    {"atexit", HABIT_EXIT, 0, NULL},
    {"on_exit", HABIT_EXIT, 0, NULL},
    {"at_quick_exit", HABIT_EXIT, 0, NULL},
    {"pthread_atfork", HABIT_FORK, 0, NULL},
    {"openlog", HABIT_HANDLED, 0, NULL},
    {"kitsune_*", HABIT_HANDLED, 0, NULL},
    {"ktthreads_*", HABIT_HANDLED, 0, NULL},
    {"__cxa_finalize", HABIT_HANDLED, 0, NULL},

    /* ---- The C library: kept ---- */
    {"pthread_create", HABIT_THREAD, 0, NULL},
    {"thrd_create", HABIT_THREAD, 0, NULL},
    {"pthread_key_create", HABIT_KEY, 0, NULL},
    {"tss_create", HABIT_KEEPS, 0, key_advice},
    {"timer_create", HABIT_EVENT, 1, event_advice},
    {"mq_notify", HABIT_EVENT, 1, event_advice},
    {"makecontext", HABIT_CONTEXT, 0, stack_advice},
    {"setjmp", HABIT_JUMP_MARK, 0, NULL},
    {"_setjmp", HABIT_JUMP_MARK, 0, NULL},
    {"sigsetjmp", HABIT_JUMP_MARK, 0, NULL},
    {"__sigsetjmp", HABIT_JUMP_MARK, 0, NULL},
    {"longjmp", HABIT_JUMP, 0, NULL},
    {"_longjmp", HABIT_JUMP, 0, NULL},
    {"siglongjmp", HABIT_JUMP, 0, NULL},
    {"__longjmp_chk", HABIT_JUMP, 0, NULL},
    {"putenv", HABIT_KEEPS_DATA, 0, environment_advice},
    {"setvbuf", HABIT_KEEPS_DATA, 1, buffer_advice},
    {"setbuf", HABIT_KEEPS_DATA, 1, buffer_advice},
    {"setbuffer", HABIT_KEEPS_DATA, 1, buffer_advice},
    {"initstate", HABIT_KEEPS_DATA, 1, buffer_advice},
    {"setstate", HABIT_KEEPS_DATA, 0, buffer_advice},

    /* ---- Other libraries: kept ---- */
    {"event_new", HABIT_KEEPS, 0, event_loop_advice},
    {"event_set", HABIT_KEEPS, 0, event_loop_advice},
    {"event_assign", HABIT_KEEPS, 0, event_loop_advice},
    {"event_once", HABIT_KEEPS, 0, event_loop_advice},
    {"event_base_once", HABIT_KEEPS, 0, event_loop_advice},
    {"bufferevent_new", HABIT_KEEPS, 0, event_loop_advice},
    {"bufferevent_setcb", HABIT_KEEPS, 0, event_loop_advice},
    {"evconnlistener_new*", HABIT_KEEPS, 0, event_loop_advice},
    {"evconnlistener_set_*", HABIT_KEEPS, 0, event_loop_advice},
    {"evhttp_set_*", HABIT_KEEPS, 0, event_loop_advice},
    {"event_set_log_callback", HABIT_KEEPS, 0, NULL},
    {"event_set_fatal_callback", HABIT_KEEPS, 0, NULL},
    {"event_set_mem_functions", HABIT_KEEPS, 0, NULL},
    {"SSL_CTX_set_*", HABIT_KEEPS, 0, NULL},
    {"SSL_set_*", HABIT_KEEPS, 0, NULL},
    {"BIO_meth_set_*", HABIT_KEEPS, 0, NULL},
    {"CRYPTO_set_mem_functions", HABIT_KEEPS, 0, NULL},
    {"curl_easy_setopt", HABIT_KEEPS, 0, NULL},
    {"curl_multi_setopt", HABIT_KEEPS, 0, NULL},
    {"XML_Set*", HABIT_KEEPS, 0, NULL},
    {"rl_bind_key*", HABIT_KEEPS, 0, NULL},
    {"rl_add_defun", HABIT_KEEPS, 0, NULL},
    {"rl_callback_handler_install", HABIT_KEEPS, 0, NULL},
    {"sqlite3_create_*", HABIT_KEEPS, 0, NULL},
    {"sqlite3_*_hook", HABIT_KEEPS, 0, NULL},
    {"sqlite3_busy_handler", HABIT_KEEPS, 0, NULL},
    {"g_signal_connect_*", HABIT_KEEPS, 0, NULL},
    {"g_idle_add*", HABIT_KEEPS, 0, NULL},
    {"g_timeout_add*", HABIT_KEEPS, 0, NULL},

    /* ---- Other libraries: used during the call only ---- */
    {"sqlite3_exec", HABIT_HARMLESS, 0, NULL},
    {"ini_parse*", HABIT_HARMLESS, 0, NULL},
    {"json_dump_callback", HABIT_HARMLESS, 0, NULL},
    {"json_load_callback", HABIT_HARMLESS, 0, NULL},
    {"PEM_read_*", HABIT_HARMLESS, 0, NULL},
    {"PEM_write_*", HABIT_HARMLESS, 0, NULL},
    {"d2i_PKCS8PrivateKey_*", HABIT_HARMLESS, 0, NULL},
    {"OPENSSL_LH_doall*", HABIT_HARMLESS, 0, NULL},
    {"OBJ_NAME_do_all*", HABIT_HARMLESS, 0, NULL},
    {"ERR_print_errors_cb", HABIT_HARMLESS, 0, NULL},
    {"OPENSSL_sk_pop_free", HABIT_HARMLESS, 0, NULL},
    {"OPENSSL_sk_deep_copy", HABIT_HARMLESS, 0, NULL},
    {"event_base_foreach_event", HABIT_HARMLESS, 0, NULL},
    {"g_list_foreach", HABIT_HARMLESS, 0, NULL},
    {"g_list_sort*", HABIT_HARMLESS, 0, NULL},
    {"g_list_insert_sorted*", HABIT_HARMLESS, 0, NULL},
    {"g_list_find_custom", HABIT_HARMLESS, 0, NULL},
    {"g_list_free_full", HABIT_HARMLESS, 0, NULL},
    {"g_slist_foreach", HABIT_HARMLESS, 0, NULL},
    {"g_slist_sort*", HABIT_HARMLESS, 0, NULL},
    {"g_slist_insert_sorted*", HABIT_HARMLESS, 0, NULL},
    {"g_slist_find_custom", HABIT_HARMLESS, 0, NULL},
    {"g_slist_free_full", HABIT_HARMLESS, 0, NULL},
    {"g_queue_foreach", HABIT_HARMLESS, 0, NULL},
    {"g_queue_sort", HABIT_HARMLESS, 0, NULL},
    {"g_queue_find_custom", HABIT_HARMLESS, 0, NULL},
    {"g_queue_free_full", HABIT_HARMLESS, 0, NULL},
    {"g_array_sort*", HABIT_HARMLESS, 0, NULL},
    {"g_ptr_array_sort*", HABIT_HARMLESS, 0, NULL},
    {"g_ptr_array_foreach", HABIT_HARMLESS, 0, NULL},
    {"g_hash_table_foreach*", HABIT_HARMLESS, 0, NULL},
    {"g_hash_table_find", HABIT_HARMLESS, 0, NULL},
    {"g_tree_foreach", HABIT_HARMLESS, 0, NULL},
    {"g_tree_traverse", HABIT_HARMLESS, 0, NULL},
    {"g_node_traverse", HABIT_HARMLESS, 0, NULL},
    {"g_sequence_foreach*", HABIT_HARMLESS, 0, NULL},
    {"g_sequence_sort*", HABIT_HARMLESS, 0, NULL},
    {"g_datalist_foreach", HABIT_HARMLESS, 0, NULL},
    {"g_qsort_with_data", HABIT_HARMLESS, 0, NULL},
};

/* `pattern` has at most one star, which stands for any characters. */
static int is_match(const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*');
    size_t before, after, length = strlen(name);

    if (!star)
        return strcmp(pattern, name) == 0;
    before = (size_t)(star - pattern);
    after = strlen(star + 1);
    return length >= before + after && memcmp(pattern, name, before) == 0 &&
           memcmp(star + 1, name + length - after, after) == 0;
}

const struct known_function *known_function(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (is_match(functions[i].name, name))
            return &functions[i];
    return NULL;
}

/* ---- Of any library -------------------------------------------------------------------------- */

bool is_among(const char *const *names, size_t count, const char *name)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool call_never_returns(const char *callee)
{
    static const char *const names[] = {
        "exit", "_exit", "_Exit", "quick_exit", "abort", "kitsune_exit", "kitsune_exit_at_once",
        "kitsune_exit_quickly", "kitsune_thread_exit", "pthread_exit", "__stack_chk_fail",
        "__assert_fail", "__fortify_fail", "__chk_fail", "err", "errx", "verr", "verrx", "longjmp",
        "_longjmp", "siglongjmp", "__longjmp_chk",
    };

    return IS_AMONG(names, callee);
}

bool call_is_update_point(const char *callee)
{
    static const char *const names[] = {
        "kitsune_reach_update_point", "kitsune_reach_update_point_holding", "kitsune_update",
        "kitsune_update_holding",
    };

    return IS_AMONG(names, callee);
}
