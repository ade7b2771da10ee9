/* SPDX-License-Identifier: MIT */
/* The commands, and the help that is printed for them. */
#include "cli/commands.h"
#include "cli/defaults.h"
#include "cli/deploy_params.h"
#include "cli/option_table.h"
#include "cli/param_fields.h"

#include <ctype.h>
#include <string.h>

const struct cli_command_row cli_commands[] = {
    {"chat", CLI_CHAT, cli_chat, "chutes chat",
     "chutes chat [OPTIONS] [PROMPT...|-]", "ask a model and print its answer",
     "The prompt is the arguments, joined by spaces, then a blank line and "
     "standard\n"
     "input. Standard input is read if it isn't a terminal or if an argument "
     "is \"-\";\n"
     "in a loop such as 'while read', use -n to leave it to the loop.\n"
     "Only the answer goes to standard output, as it arrives. Reasoning, tool "
     "calls\n"
     "and messages go to standard error.\n"
     "--schema needs a file with a JSON Schema, or a list of fields. A field "
     "is a\n"
     "name, then [] for an array or ? if it may be null, then a type: text "
     "(the\n"
     "default), int, number or bool. The answer is checked against all "
     "keywords of\n"
     "the file except \"format\" and other annotations; a keyword that can't "
     "be checked\n"
     "is refused.\n"
     "--tool names a program that the model may call. It is first run with "
     "the\n"
     "argument --describe, and must then print its description in the form "
     "that the\n"
     "Model Context Protocol defines, such as\n"
     "  {\"name\":\"weather\",\"description\":\"The weather in a city\",\n"
     "   \"inputSchema\":{\"type\":\"object\",\"properties\":{\"city\":\n"
     "   {\"type\":\"string\"}}},\"annotations\":{\"readOnlyHint\":true}}\n"
     "For a call, it is run without arguments, reads a JSON object from "
     "standard\n"
     "input and prints the result. An exit code other than 0 is reported to "
     "the model\n"
     "as a failure. Before a call, you are asked on the terminal, unless the "
     "tool\n"
     "says that it is read-only or --yes is given; without a terminal, the "
     "call is\n"
     "denied. Tools don't receive CHUTES_API_KEY. --usage and --json add up "
     "the\n"
     "tokens of all answers.\n"},
    {"complete", CLI_COMPLETE, cli_complete, "chutes complete",
     "chutes complete [OPTIONS] [PROMPT...|-]", "let a model continue a text",
     "The prompt is read as in 'chutes chat', and is sent without a chat "
     "template.\n"
     "Parameters (-p) are sent unchanged, such as max_tokens=200, echo=true,\n"
     "logprobs=5 or stop='[\"\\n\"]'; most servers stop after 16 tokens by "
     "default.\n"},
    {"embed", CLI_EMBED, cli_embed, "chutes embed",
     "chutes embed [OPTIONS] [TEXT...|-]", "turn texts or images into vectors",
     "Without arguments, or with \"-\", each line of standard input is a text, "
     "and\n"
     "index 0 is line 1. Lines are read as they arrive. Vectors are printed in "
     "order,\n"
     "as they arrive, one line each: {\"index\":0,\"embedding\":[...]}\n"
     "With --token-ids, each text is a list of ids, as 'chutes tokenize' "
     "prints them.\n"
     "With --image, each image becomes a vector, together with the text of "
     "--instruct.\n"
     "It is sent as SGLang takes it or, with --as-chat, as vLLM does; the "
     "model must\n"
     "be one for images. --image - reads a FILE or URL from each line.\n"
     "With --json, the output is one object: \"data\" contains the vectors, "
     "and the\n"
     "members after it say how the command ended and which indexes "
     "\"failed\".\n"
     "When a text fails, requests in progress are finished and no others are "
     "sent,\n"
     "unless --keep-going is given. Either way, the exit code is that of the "
     "first\n"
     "failure.\n"},
    {"models", CLI_MODELS, cli_models, "chutes models",
     "chutes models [OPTIONS]", "list the models of the server",
     "Prices are in US dollars per million tokens. \"-\" means unknown; "
     "\"fees\" means\n"
     "that something else is charged too, such as each request. A model is "
     "listed\n"
     "only if the server states that it meets all conditions given below.\n"
     "With --json, the output is an array of the server's own entries, or one "
     "object\n"
     "if they can't be listed.\n"},
    {"invoke", CLI_INVOKE, cli_invoke, "chutes invoke",
     "chutes invoke [OPTIONS] SLUG [PATH] | ID PATH | URL | /PATH",
     "send a request to any chute",
     "SLUG is the name of a chute, as in https://SLUG.chutes.ai/PATH, and ID "
     "its\n"
     "UUID. A /PATH alone is appended to the base URL. The method is GET, or "
     "POST\n"
     "with --data or --form. The answer goes to standard output as it arrives "
     "or,\n"
     "with --output, to a file that appears only when the answer is complete. "
     "With\n"
     "--wait, the answer is the first artifact of the operation or, if it has "
     "none,\n"
     "its description; further artifacts are written to FILE-2 and so on.\n"
     "With --json, the output is one object: \"json\" is the answer if it is "
     "JSON (a\n"
     "string if it contains NaN or Infinity), and \"data_url\" any other "
     "answer, unless\n"
     "it was written to a file.\n"},
    {"rerank", CLI_RERANK, cli_rerank, "chutes rerank",
     "chutes rerank [OPTIONS] QUERY [TEXT...|-]",
     "sort texts by how well they fit a query",
     "Without texts, or with \"-\", each line of standard input is a text, "
     "except\n"
     "empty ones. Each line of the output is a score, the number of the text, "
     "counted\n"
     "from 0, and the text.\n"},
    {"classify", CLI_CLASSIFY, cli_classify, "chutes classify",
     "chutes classify [OPTIONS] [TEXT...|-]", "find the class of each text",
     "Without texts, or with \"-\", each line of standard input is a text, "
     "except\n"
     "empty ones. Each line of the output is a class, its probability and the "
     "text.\n"},
    {"tokenize", CLI_TOKENIZE, cli_tokenize, "chutes tokenize",
     "chutes tokenize [OPTIONS] [TEXT...|-]",
     "split a text into the tokens of a model",
     "The text is the arguments, joined by spaces, or else all of standard "
     "input. Its\n"
     "tokens go to standard output, and their number to standard error. With "
     "--json,\n"
     "\"texts\" has the text of each token if the server is vLLM.\n"},
    {"image", CLI_IMAGE, cli_image, "chutes image",
     "chutes image [OPTIONS] [PROMPT...|-]", "generate or edit images",
     "The prompt is the arguments, joined by spaces, or else standard input. "
     "The\n"
     "image is written to the file of --output, which appears only when it is\n"
     "complete, or to a pipe; further images are written to FILE-2 and so on. "
     "Each\n"
     "chute has its own parameters, such as -p width=512 -p seed=7: see\n"
     "'chutes describe'. Without --chute, the request has OpenAI's form. With "
     "--json,\n"
     "the output is one object: \"data_url\" contains the image unless it was "
     "written\n"
     "to a file, and \"others\" any further images.\n"
     "--show works in kitty and Ghostty (PNG only), in iTerm2, WezTerm and "
     "mintty and,\n"
     "with img2sixel of the package libsixel-bin, in each terminal that "
     "reports\n"
     "sixels; it isn't asked while typed input is waiting. CHUTES_SHOW=kitty, "
     "iterm\n"
     "or sixel overrides this.\n"},
    {"video", CLI_VIDEO, cli_video, "chutes video",
     "chutes video [OPTIONS] [PROMPT...|-]", "generate a video",
     "The prompt is the arguments, joined by spaces, or else standard input. "
     "The\n"
     "video is written to the file of --output, which appears only when it is\n"
     "complete, or to a pipe. With --input, it starts from an image. Each "
     "chute has\n"
     "its own path and parameters, such as -p duration=4: see 'chutes "
     "describe'.\n"
     "Generating a video takes minutes; progress is reported on standard "
     "error. With\n"
     "--json, the output is one object: \"data_url\" contains the video unless "
     "it was\n"
     "written to a file.\n"},
    {"speak", CLI_SPEAK, cli_speak, "chutes speak",
     "chutes speak [OPTIONS] [TEXT...|-]", "turn a text into speech",
     "The text is the arguments, joined by spaces, or else standard input. The "
     "audio\n"
     "is written to the file of --output, which appears only when it is "
     "complete, or\n"
     "to a pipe. Each chute has its own parameters, such as -p voice=af_heart: "
     "see\n"
     "'chutes describe'. Without --chute, the request has OpenAI's form, which "
     "needs\n"
     "--model and -p voice=NAME. With --json, the output is one object: "
     "\"data_url\"\n"
     "contains the audio unless it was written to a file.\n"},
    {"transcribe", CLI_TRANSCRIBE, cli_transcribe, "chutes transcribe",
     "chutes transcribe [OPTIONS] FILE|-", "transcribe the speech in a file",
     "FILE is an audio or video file; \"-\" is standard input. The text is "
     "written to\n"
     "the file of --output, which appears only when it is complete, or to "
     "standard\n"
     "output. Servers accept parameters such as -p language=en. With --path\n"
     "audio/translations, the text is translated into English. With --stream, "
     "servers\n"
     "that support it (OpenAI, vLLM) send the text while they write it. If the "
     "server\n"
     "corrects the text at the end, the corrected text is printed too, and the "
     "exit\n"
     "code is 1. With --json, the output is one object; with --format verbose, "
     "it\n"
     "also has segments.\n"},
    {"describe", CLI_DESCRIBE, cli_describe, "chutes describe",
     "chutes describe [OPTIONS] SLUG", "print what a chute accepts and returns",
     "Prints the text that Chutes publishes about a chute. With --json, the "
     "output is\n"
     "one object with its endpoints, their fields and the price. No key is "
     "needed.\n"},
    {"list", CLI_LIST, cli_list_chutes, "chutes list", "chutes list [OPTIONS]",
     "list chutes and what they cost",
     "Lists public chutes and those of the key's owner, the most used first. "
     "The\n"
     "request goes to https://api.chutes.ai/, or to the server of --base-url. "
     "Public\n"
     "chutes need no key (--no-key). With --json, the output is the answer of "
     "the\n"
     "server.\n"},
    {"code", CLI_CODE, cli_code, "chutes code", "chutes code [OPTIONS] ID|NAME",
     "print the Python source of a chute",
     "The requests go to https://api.chutes.ai/, or to the server of "
     "--base-url.\n"
     "Public chutes need no key (--no-key). With --json, the output is one "
     "object with\n"
     "the chute's ID, its name and the code.\n"},
    {"account", CLI_ACCOUNT, cli_account, "chutes account",
     "chutes account [OPTIONS]",
     "print the balance, limits and usage of an account",
     "The request goes to https://api.chutes.ai/, or to the server of "
     "--base-url. The\n"
     "key needs admin rights. Parts that it can't access are reported on "
     "standard\n"
     "error. With --json, the output is one object with the answers of the "
     "server.\n"},
    {"usage", CLI_USAGE, cli_usage, "chutes usage",
     "chutes usage [OPTIONS] [CHUTE_ID]",
     "print requests, tokens and cost of each hour",
     "The request goes to https://api.chutes.ai/, or to the server of "
     "--base-url. The\n"
     "key needs admin rights. With --json, the output is the answer of the "
     "server.\n"},
    {"warmup", CLI_WARMUP, cli_warmup, "chutes warmup",
     "chutes warmup [OPTIONS] ID|NAME", "start a chute and wait until it runs",
     "The request goes to https://api.chutes.ai/, or to the server of "
     "--base-url.\n"
     "Messages go to standard error. Without --timeout, the command waits for "
     "an\n"
     "hour.\n"},
    {"aliases", CLI_ALIASES, cli_aliases, "chutes aliases",
     "chutes aliases [OPTIONS] [ALIAS CHUTE_ID... | --delete ALIAS]",
     "list, set or delete names for chutes",
     "ALIAS is then a model that routes to these chutes, in this order.\n"
     "Without arguments, each line of the output is an alias and its "
     "chutes.\n"
     "With --json, the output is the answer of the server; null if it has "
     "none.\n"},
    {"deploy", CLI_DEPLOY, cli_deploy, "chutes deploy",
     "chutes deploy [OPTIONS] [FILE.py]", "deploy a chute",
     "Deploys either a model in a template of Chutes (-p template=vllm "
     "--model\n"
     "org/model), or the code of FILE in an image (-p image=me/image:1 -p\n"
     "name=me/chute). Try --dry-run first. The output is the ID of the chute "
     "or, with\n"
     "--json, the answer of the server. The messages of --wait go to standard "
     "error;\n"
     "if the wait fails, --json prints a second object, with the error.\n"},
    {"demo", CLI_DEMO, cli_demo, "chutes demo", "chutes demo",
     "see libchutes at work in a few seconds, without a key",
     "Starts a server with a demo model (not an AI) on this host and uses it "
     "like the\n"
     "real one: a streamed answer, a tool call and a search by meaning.\n"},
    {"mock", CLI_MOCK, cli_mock, "chutes mock", "chutes mock [OPTIONS]",
     "serve the demo model, with faults on request",
     "Starts an OpenAI-compatible server on 127.0.0.1 for testing programs. It "
     "prints\n"
     "its base URL and runs until it is interrupted. It also imitates what "
     "other\n"
     "commands need from Chutes: an account, aliases, the chute demo-chute, "
     "and at\n"
     "/external/text2video an operation that takes a while. Each fault must "
     "be\n"
     "requested by its option. With --script, the server sends exact bytes "
     "instead;\n"
     "the language is described in tests/fixtures/scripts/README.md of the "
     "source.\n"},
    {"version", CLI_VERSION, cli_version, "chutes version", "chutes version",
     "print the versions of chutes and of the libraries it uses", ""},
    {"help", CLI_HELP, cli_help, "chutes help", "chutes help [COMMAND]",
     "print the help of a command", ""},
    {NULL, 0, NULL, NULL, NULL, NULL, NULL},
};

const struct cli_command_row *cli_command_find(const char *name)
{
    for (const struct cli_command_row *row = cli_commands; row->name != NULL;
         row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static void print_environment(FILE *file)
{
    fputs("\nEnvironment:\n"
          "  CHUTES_API_KEY              the key; loopback hosts need none\n"
          "  CHUTES_BASE_URL             like --base-url, except for account, "
          "usage,\n"
          "                              list, code, warmup, deploy, aliases "
          "and describe;\n"
          "                              default:\n"
          "                              " CHUTES_DEFAULT_BASE_URL "\n"
          "  CHUTES_EMBEDDINGS_BASE_URL  the base URL of embed, if it differs\n"
          "  CHUTES_MODEL                like --model of chat and complete; "
          "default:\n"
          "                              " CLI_CHAT_MODEL "\n"
          "  CHUTES_EMBEDDINGS_MODEL     like embed --model; default:\n"
          "                              " CLI_EMBEDDINGS_MODEL "\n"
          "  CHUTES_TRACE                like --trace; empty: none\n"
          "  CURL_CA_BUNDLE              like --ca-file; without it, "
          "SSL_CERT_FILE (a file)\n"
          "                              and SSL_CERT_DIR (directories) are "
          "used\n"
          "  https_proxy, no_proxy, ...  as for curl, but not for loopback "
          "hosts\n"
          "  NO_COLOR                    turns colour off unless it is empty\n",
          file);
}

static void print_overview(FILE *file)
{
    fputs("Usage: chutes COMMAND [OPTIONS] [ARGUMENTS]\n\n"
          "Talks to Chutes and to any other OpenAI-compatible server.\n\n"
          "Commands:\n",
          file);
    for (const struct cli_command_row *row = cli_commands; row->name != NULL;
         row++) {
        fprintf(file, "  %-10s %s\n", row->name, row->summary);
    }
    fputs(
        "\nRun 'chutes COMMAND --help' for more. New here? Try: chutes demo\n",
        file);
}

void cli_help_print(const struct cli_command_row *row, FILE *file)
{
    const unsigned calls = CLI_CALLS;
    const struct cli_param_table *table =
        row != NULL ? cli_param_table_of(row->command) : NULL;

    if (row == NULL) {
        print_overview(file);
    } else {
        fprintf(file, "Usage: %s\n\n%c%s.\n%s%s", row->usage,
                toupper(row->summary[0]), row->summary + 1,
                row->details[0] != '\0' ? "\n" : "", row->details);
        cli_options_print_help(row->command, file);
    }
    if (table != NULL) {
        fputs("\nParameters for -p (any other key is sent unchanged; its value "
              "is "
              "sent as JSON\nif it is JSON, else as a string):\n",
              file);
        cli_param_print_keys(table, file);
    }
    if (row != NULL && row->command == CLI_DEPLOY) {
        fputs("\nParameters for -p (any other key is sent unchanged):", file);
        cli_deploy_params_print(file);
    }
    if (row == NULL || ((unsigned)row->command & calls) != 0) {
        print_environment(file);
        cli_exit_print_table(file);
    }
}

int cli_help(const struct cli_options *options, struct cli_output *output)
{
    const struct cli_list *names = &options->operands;
    const struct cli_command_row *row = NULL;

    if (names->count > 0) {
        row = cli_command_find(names->items[0]);
    }
    if (names->count > 1 || (names->count == 1 && row == NULL)) {
        cli_refuse(output, "there is no help on that; try 'chutes help'");
        return CLI_EXIT_USAGE;
    }
    cli_help_print(row, output->answer.file);
    return CLI_EXIT_OK;
}
