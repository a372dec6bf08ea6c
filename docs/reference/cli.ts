import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { COMMANDS } from '../../bin/cli/commands.ts';
import { renderUsage } from '../../bin/cli/usage.ts';

const INTRODUCTION = `# The command line

Made from the \`--help\` of each command by \`npm run cli-reference\`. In this repository a command is run as
\`npx onnward COMMAND\`.

- A **reference** is \`name\` (its live version), \`name@alias\` or \`name:version\`.
- The **store** is \`--store\`, else the variable \`ONNWARD_STORE\`, else \`store\` of \`onnward.config.ts\`, else
  \`file:.onnward\`. The configuration is looked for in this folder and those above it; relative paths in it start there.
- **Data goes to stdout, words to stderr.** With \`--json\` stdout is one JSON document, and an error is
  \`{"error": {"code", "message", "fix", "fields"}}\` on stderr; its codes are listed in [errors.md](errors.md).
- **Colours** stand in terminals only, and nowhere where \`NO_COLOR\` is set.

| exit code | meaning                                                              |
| --------- | -------------------------------------------------------------------- |
| 0         | done; of \`dev\` and \`serve\`: ended by Ctrl-C or SIGTERM, all answered |
| 1         | it failed; a release is not live; \`verify\` found something touched   |
| 2         | the command line or \`onnward.config.ts\` is wrong; nothing was done   |
| 130       | \`batch\` or \`release\` was stopped by Ctrl-C, and can go on            |
| 130, 143  | ended at once, by a second Ctrl-C or SIGTERM                         |

\`ONNWARD_DEBUG=1\` adds the stack of an error, for a report.

## What \`invoke\` and \`register --golden\` read

- **JSON**: a request of the Open Inference Protocol (\`{"inputs": [{"name", "shape", "datatype", "data"}]}\`), or values
  written plainly: \`{"input": values}\`, or just the values where the model has one input. The nesting is the shape; one
  row may stand without its brackets. Integers keep every digit.
- **CSV**: a heading and rows; where all of the first line are numbers it is a row already. The columns are named as the
  inputs are, or are together one row of the only input, in order. \`--drop\` leaves columns out. \`NaN\` is a missing value.
- **PNG and JPEG**: made an input by the \`preprocess\` step of the manifest, without one as the signature itself tells.

\`invoke --json\` prints \`{"responses": […]}\`: for each request the very bytes that a server would answer with. A file of
JSON or an image is one request; a table is one for each 1024 rows, or for as many as the model takes.

## onnward.config.ts

\`onnward init\` writes one with every field, its meaning and its default. A field that no command reads is refused.
`;

/** The page, from what the commands themselves say. */
export async function cliReference(): Promise<string> {
  const sections: string[] = [];
  for (const [name, entry] of Object.entries(COMMANDS)) {
    const usage = stripVTControlCharacters(renderUsage(name, await entry.load()));
    sections.push(`## onnward ${name}\n\n\`\`\`text\n${usage}\n\`\`\`\n`);
  }
  return [INTRODUCTION, ...sections].join('\n');
}

if (import.meta.main) writeFileSync(new URL('cli.md', import.meta.url), await cliReference());
