-- What an evaluation's answers took at a provider. Money is text, so that no digit is lost.

ALTER TABLE evaluations ADD COLUMN prompt_tokens BIGINT;
ALTER TABLE evaluations ADD COLUMN output_tokens BIGINT;
ALTER TABLE evaluations ADD COLUMN cost_per_1000 VARCHAR;
ALTER TABLE evaluations ADD COLUMN cost_basis VARCHAR DEFAULT '';

-- How likely the tokens of a kept answer were, where that was asked for.
ALTER TABLE answers ADD COLUMN IF NOT EXISTS logprobs JSON;
