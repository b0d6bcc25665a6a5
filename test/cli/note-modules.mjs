// Given to Node by --import: notes the address of every module that the program loads in the file MODULES_FILE.
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const loaded = []
registerHooks({
  load(url, context, next) {
    loaded.push(url)
    return next(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env.MODULES_FILE, loaded.join('\n')))
