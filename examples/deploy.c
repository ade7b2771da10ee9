/* SPDX-License-Identifier: MIT */
/*
 * Print the request that deploys a model, without sending it: deploy [BILLIONS]
 *
 * BILLIONS is the number of its parameters. To deploy it, call chutes_deploy()
 * with the same params, and then chutes_warmup() with the chute_id of the
 * result.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    double parameters = argc > 1 ? strtod(argv[1], NULL) : 8;
    chutes_deploy_params params = chutes_deploy_params_default();
    chutes_hardware hardware;
    chutes_error error;
    char *path = NULL;
    char *json = NULL;

    if (chutes_hardware_for(parameters * 1e9, 16, &hardware, &error) !=
        CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    params.template_name = "vllm";
    params.model = "unsloth/Llama-3.1-8B-Instruct";
    params.engine_args_json = "{\"max_model_len\":16384}";
    params.gpu_count = hardware.gpu_count;
    params.min_vram_gb_per_gpu = hardware.min_vram_gb_per_gpu;
    params.concurrency = 8;
    params.is_public = 0;
    if (chutes_deploy_preview(&params, &path, &json, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    printf("POST %s\n%s\n", path, json);
    fprintf(stderr, "%.2f USD per hour\n", hardware.usd_per_hour);
    chutes_string_free(path);
    chutes_string_free(json);
    return EXIT_SUCCESS;
}
