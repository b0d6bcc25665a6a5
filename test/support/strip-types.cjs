// The tests run the very text that Node runs: types are blanked out, nothing else is touched.
const { stripTypeScriptTypes } = require('node:module')

module.exports = { process: (source) => ({ code: stripTypeScriptTypes(source) }) }
