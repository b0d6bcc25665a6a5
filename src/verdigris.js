#!/usr/bin/env node
// JavaScript, so that the cache is on before the first file with types: to strip them from one alone takes 40 ms.
import './compile-cache.js'

await import('./main.ts')
