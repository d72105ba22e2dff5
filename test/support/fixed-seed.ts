import fc from 'fast-check';

// A gate that lets changes in must give the same answer for the same commit; elsewhere every run draws anew, and prints
// its seed when it fails.
if (process.env.CI === 'true') fc.configureGlobal({ seed: 20261121 });
