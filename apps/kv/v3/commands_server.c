/* commands_server.c -- commands about the server: INFO, CONFIG, TIME. */
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "options.h"
#include "reply.h"
#include "server.h"
#include "version.h"

/* The report being written. */
struct report {
    struct text *text;
    const struct text *section; /* wanted; NULL: all */
};

static bool begin_section(struct report *report, const char *title)
{
    if (report->section && !text_is(report->section, title))
        return false;
    char line[64];
    int length = snprintf(line, sizeof line, "%s# %s\r\n", report->text->length ? "\r\n" : "",
                          title);
    report->text = text_append(report->text, line, (size_t)length);
    return true;
}

static void add_line(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_line(struct report *report, const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 2, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 3)
        length = (int)sizeof line - 3;
    line[length++] = '\r';
    line[length++] = '\n';
    report->text = text_append(report->text, line, (size_t)length);
}

static void report_commands(struct report *report)
{
    struct dictionary_iterator iterator = dictionary_iterate(server.commands);
    struct entry *entry;

    if (!begin_section(report, "Commandstats"))
        return;
    while ((entry = dictionary_next(&iterator))) {
        const struct command *command = entry->value;
        if (command->calls > 0)
            add_line(report, "cmdstat_%s:calls=%lld", command->name, command->calls);
    }
}

static void report_keyspace(struct report *report)
{
    if (!begin_section(report, "Keyspace"))
        return;
    for (int i = 0; i < DATABASE_COUNT; i++)
        if (server.databases[i].keys->count > 0)
            add_line(report, "db%d:keys=%zu,expires=%zu", i, server.databases[i].keys->count,
                     server.databases[i].expiring);
}

void command_info(struct client *client, struct text **arguments, int count)
{
    struct report report = {text_new("", 0), count > 1 ? arguments[1] : NULL};

    if (report.section && (text_is(report.section, "all") || text_is(report.section, "default") ||
                           text_is(report.section, "everything")))
        report.section = NULL;
    if (begin_section(&report, "Server")) {
        add_line(&report, "kv_version:%s", KV_VERSION);
        add_line(&report, "process_id:%d", (int)getpid());
        add_line(&report, "tcp_port:%d", server_port());
        add_line(&report, "uptime_in_seconds:%lld", (time_now() - server.started_at) / 1000);
    }
    if (begin_section(&report, "Clients"))
        add_line(&report, "connected_clients:%d", server.client_count);
    if (begin_section(&report, "Memory"))
        add_line(&report, "used_memory:%zu", mallinfo2().uordblks);
    if (begin_section(&report, "Stats")) {
        add_line(&report, "total_connections_received:%lld", clients_accepted());
        add_line(&report, "total_commands_processed:%lld", server.commands_executed);
        add_line(&report, "next_swept_database:%d", next_swept_database);
    }
    report_commands(&report);
    report_keyspace(&report);
    reply_text(client, report.text);
    text_free(report.text);
}

/* The parameters that clients ask for, in the form Redis answers. */
static const char *parameter_value(const struct text *name, char number[NUMBER_SPACE])
{
    if (text_is(name, "save"))
        return "";
    if (text_is(name, "appendonly"))
        return "no";
    if (text_is(name, "databases")) {
        format_integer(number, DATABASE_COUNT);
        return number;
    }
    if (text_is(name, "port")) {
        format_integer(number, server_port());
        return number;
    }
    if (text_is(name, "bind"))
        return options.bind;
    return NULL;
}

void command_config(struct client *client, struct text **arguments, int count)
{
    char number[NUMBER_SPACE];
    size_t known = 0;

    if (!text_is(arguments[1], "get") || count < 3) {
        reply_error(client, "ERR only CONFIG GET parameter [parameter ...] is supported");
        return;
    }
    for (int i = 2; i < count; i++)
        known += parameter_value(arguments[i], number) != NULL;
    reply_array(client, known * 2);
    for (int i = 2; i < count; i++) {
        const char *value = parameter_value(arguments[i], number);
        if (value) {
            reply_text(client, arguments[i]);
            reply_string(client, value);
        }
    }
}

void command_time(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    long long now = time_now();
    char digits[NUMBER_SPACE];

    reply_array(client, 2);
    reply_bytes(client, digits, format_integer(digits, now / 1000));
    reply_bytes(client, digits, format_integer(digits, now % 1000 * 1000));
}
