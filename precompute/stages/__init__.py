"""The stages, one file each: extract, train, score and build make an atlas; describe, report, upgrade work on finished ones."""
