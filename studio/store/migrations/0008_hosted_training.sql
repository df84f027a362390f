-- Fine-tunes at a provider, and pairs of answers to prefer from.

ALTER TABLE jobs ADD COLUMN said VARCHAR DEFAULT '';
ALTER TABLE model_versions ADD COLUMN endpoint VARCHAR DEFAULT '';
ALTER TABLE model_versions ADD COLUMN remote_model VARCHAR DEFAULT '';
ALTER TABLE endpoints ADD COLUMN dialect VARCHAR DEFAULT 'other';
ALTER TABLE endpoints ADD COLUMN trains JSON DEFAULT '[]';
ALTER TABLE examples ADD COLUMN rejected VARCHAR;
