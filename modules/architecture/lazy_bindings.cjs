// The AWS provider's bindings, loaded resource by resource: jsii's Node.js process requires this file first
// (modules/architecture/__init__.py).
//
// Their main file compiles all 2,000 resources, 200 MB of JavaScript, before the first one is made. The file that cdktf
// generates beside it has the same names and compiles a resource when it is asked for; the synthesized JSON is the same
// (tests/architecture/test_provider_import.py). Bindings that come without such a file load as they always do.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const BINDINGS = "@cdktf/provider-aws";
// Node.js 20 has no documented hook for `require`; from 22.15 on there is `module.registerHooks`.
const resolve = Module._resolveFilename;

Module._resolveFilename = function (request, ...rest) {
  const main = resolve.call(this, request, ...rest);
  if (request !== BINDINGS) return main;
  const lazy = path.join(path.dirname(main), "lazy-index.js");
  return fs.existsSync(lazy) ? lazy : main;
};
