import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Edit, occurrences } from './mutation.ts'

export const ROOT = join(import.meta.dirname, '../..')
const COPIED = ['src', 'test', 'docs', 'deploy', 'manifests', 'package.json', 'tsconfig.json']

/** A copy of the repository to break things in: the checkout is never touched. */
export class Tree {
  readonly path: string
  private readonly changed = new Map<string, string>()

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'verdigris-mutations-'))
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.path, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(this.path, 'node_modules'))
  }

  /** Makes all the edits; gives the text that is not there exactly once, and then changes nothing. */
  apply(edits: readonly Edit[]): string | undefined {
    const texts = new Map<string, string>()
    for (const { file, find, replace } of edits) {
      const text = texts.get(file) ?? this.read(file)
      if (occurrences(text, find) !== 1) return find
      texts.set(
        file,
        text.replace(find, () => replace),
      )
    }
    for (const [file, text] of texts) {
      this.changed.set(file, this.read(file))
      writeFileSync(join(this.path, file), text)
    }
    return undefined
  }

  restore(): void {
    for (const [file, text] of this.changed) writeFileSync(join(this.path, file), text)
    this.changed.clear()
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  private read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8')
  }
}
