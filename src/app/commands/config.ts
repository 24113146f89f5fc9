// `config print|check|schema`: looks at the configuration. Touches neither the cloud nor the database.

import { configJsonSchema, configYaml, inspectConfig } from '../../config.ts';
import { exit } from '../../exit-codes.ts';
import { ConfigError } from '../../faults.ts';
import type { CommandContext, CommandGroup, CommandModule } from './command.ts';

const printCommand: CommandModule = {
  name: 'print',
  summary: 'print the effective configuration with secrets redacted and the origin of each value',
  async run(context) {
    const { config, faults, originOf } = await inspectConfig(context.configSource, 'cloud');
    if (config === null) throw new ConfigError(faults);
    context.stdout.write(configYaml(config, originOf));
    return exit.ok;
  },
};

const checkCommand: CommandModule = {
  name: 'check',
  summary: 'check the configuration and tell all faults at once',
  async run(context: CommandContext) {
    await context.loadConfig();
    context.stdout.write('configuration is valid\n');
    return exit.ok;
  },
};

const schemaCommand: CommandModule = {
  name: 'schema',
  summary: 'print the JSON Schema of the configuration file, for editors',
  async run(context) {
    context.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return exit.ok;
  },
};

export const configCommand: CommandGroup = {
  name: 'config',
  summary: 'print, check or describe the configuration',
  subcommands: [printCommand, checkCommand, schemaCommand],
};
