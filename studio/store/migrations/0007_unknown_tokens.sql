-- A server may answer without telling how many tokens it took: unknown is not 0.

ALTER TABLE answers ALTER COLUMN prompt_tokens DROP NOT NULL;
ALTER TABLE answers ALTER COLUMN output_tokens DROP NOT NULL;
ALTER TABLE rung_results ALTER COLUMN prompt_tokens DROP NOT NULL;
ALTER TABLE rung_results ALTER COLUMN output_tokens DROP NOT NULL;
