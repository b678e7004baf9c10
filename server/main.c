/* main.c: picks the subcommand. */
#include "command/command.h"

#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static int command_help(int argc, char **argv);
static int command_version(int argc, char **argv);

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"migrate", command_migrate, "bring the database to this program's schema and templates"},
    {"serve", command_serve, "answer browsers and programs"},
    {"check-config", command_check_config, "read the configuration and tell every mistake in it"},
    {"token", command_token, "make the key that signs access tokens"},
    {"user", command_user, "add people, list them and erase them"},
    {"audit", command_audit, "prove that no event was changed, and print the head of their chain"},
    {"verify", command_verify, "look at accounts and record what is seen"},
    {"notify", command_notify, "send letters of what people are to be told"},
    {"probe", command_probe, "look at one address now, without a database"},
    {"import", command_import, "bring a region's register into the tree of tenants"},
    {"invite", command_invite, "invite people by a table"},
    {"help", command_help, "list these subcommands"},
    {"version", command_version, "print the version"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int command_help(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("usage: veha SUBCOMMAND [--config FILE] ...\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-14s%s\n", commands[i].name, commands[i].help);
    return EXIT_SUCCESS;
}

static int command_version(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("veha " VEHA_VERSION);
    return EXIT_SUCCESS;
}

/* What the libraries want to be told once, before there are threads or children. */
static void prepare_libraries(void)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* without it libidn2 refuses .рф */
    signal(SIGPIPE, SIG_IGN);
    json_object_seed(0);
    if (sodium_init() < 0) {
        fputs("veha: libsodium does not start\n", stderr);
        exit(EX_SOFTWARE);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        command_help(argc, argv);
        return EX_USAGE;
    }
    prepare_libraries();
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "veha: there is no subcommand \"%s\"; see veha help\n", argv[1]);
    return EX_USAGE;
}
