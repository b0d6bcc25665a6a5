import type { Mutation } from '../mutation.ts'
import { inFile, testsIn } from './rows.ts'

const READ = testsIn('core/manifests', 'read')
const DECODE = testsIn('core/kinds', 'decode')
const BOTH = [...READ, ...DECODE]
const IMPORT = testsIn('core/manifests', 'import')

/** What keeps a manifest from meaning one thing here and another to the CLI, or from being dropped in part. */
export const MANIFEST_GUARDS: readonly Mutation[] = [
  ...inFile('src/core/model/redact/secrets.ts', [
    [
      'a short token is taken for a word',
      'const SHAPELESS = /^[\\w.:-]{0,18}$/\n',
      'const SHAPELESS = /^[\\w.:-]{0,19}$/\n',
      testsIn('core/model', 'secrets'),
    ],
  ]),
  ...inFile('src/core/model/redact/secret-forms.ts', [
    [
      'a secret behind a flag and an equals sign is not looked for',
      'const SEPARATOR = /[\\s,=<]/\n',
      'const SEPARATOR = /[\\s,<]/\n',
      testsIn('core/model', 'secrets'),
    ],
  ]),
  ...inFile('src/core/manifests/documents/plain-scalars.ts', [
    [
      'a number that is another one to YAML 1.1 is taken',
      "if (typeof value === 'number') return SAME.test(source) && NUMBER.test(source)",
      "if (typeof value === 'number') return true",
      READ,
    ],
    ['a text that is a date to the CLI is taken', '    DATE.test(source) ||\n', '', BOTH],
    [
      'a version that is another text to the CLI is taken',
      'return source === String(value) ||',
      'return true ||',
      READ,
    ],
  ]),
  ...inFile('src/core/manifests/documents/included.ts', [
    [
      'an envelope is taken in as the environment of a deployment',
      "if (first.document.is === 'envelope')",
      'if (false)',
      READ,
    ],
    [
      'what is wrong in a file that is taken in is not said',
      'if (problem !== undefined) return',
      'if (false) return',
      READ,
    ],
  ]),
  ...inFile('src/core/manifests/import/write.ts', [
    [
      'import writes a text that is a number or a flag to the CLI without quotes',
      'return isPlainText(value) ? literal(value) : quoted(value)',
      'return literal(value)',
      IMPORT,
    ],
  ]),
  ...inFile('src/core/kinds/fields/word-fields.ts', [
    [
      'a word is taken in letters in which the CLI does not take it',
      "'as it is': (word) => word,",
      "'as it is': (word) => word.toLowerCase(),",
      BOTH,
    ],
  ]),
  ...inFile('src/core/kinds/batch-deployment/decode.ts', [
    [
      'a field of a batch deployment stands where the CLI does not read it',
      'if (misplaced.length > 0) return misplaced\n',
      '',
      BOTH,
    ],
  ]),
  ...inFile('src/core/kinds/model/spec.ts', [
    [
      'an inline model that lies elsewhere needs no name',
      'name !== undefined || !REMOTE.test(path)',
      'true',
      BOTH,
    ],
  ]),
  ...inFile('src/core/kinds/conda.ts', [
    [
      'a conda file is longer than what can be compared',
      'if (JSON.stringify(conda, null, 2).length > MAX_LENGTH)',
      'if (false)',
      BOTH,
    ],
    [
      'a conda file is nested deeper than what can be read back',
      'if (isDeeper(conda, MAX_DEPTH))',
      'if (false)',
      BOTH,
    ],
  ]),
  ...inFile('src/core/kinds/decode.ts', [
    [
      'what az ml prints is taken for a typing error',
      'printed.has(key) ? printedField(key, path) : ',
      '',
      BOTH,
    ],
  ]),
]
