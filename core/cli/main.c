// SPDX-License-Identifier: Apache-2.0
// The hpbench command.
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return hpb_cli_main(argc, argv);
}
