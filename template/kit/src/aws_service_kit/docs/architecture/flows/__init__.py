"""Who calls, uses, tells and watches whom, found in the templates."""
