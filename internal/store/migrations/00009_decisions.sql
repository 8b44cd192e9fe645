-- What is found out about applications, and how they are decided.

-- +goose Up
-- A keyed hash of the folded name: NULL for applications from before, which a
-- rebuild of members fills in.
ALTER TABLE applications ADD COLUMN name_hash VARCHAR(40);
-- When the applicant said what consent_tracking has; NULL: with the application.
ALTER TABLE applications ADD COLUMN consented_at BIGINT;
-- What it collides with, as the decision to hold it says.
ALTER TABLE applications ADD COLUMN duplicate_of VARCHAR(100);
ALTER TABLE applications ADD COLUMN same_as VARCHAR(100);
-- When and under which address or number (a keyed hash) the applicant was reached.
ALTER TABLE applications ADD COLUMN email_confirmed_at BIGINT;
ALTER TABLE applications ADD COLUMN email_confirmed_for VARCHAR(40);
ALTER TABLE applications ADD COLUMN phone_confirmed_at BIGINT;
ALTER TABLE applications ADD COLUMN phone_confirmed_for VARCHAR(40);
-- JSON: what somebody saw or did not see, by name.
ALTER TABLE applications ADD COLUMN antecedents LONGTEXT;
ALTER TABLE applications ADD COLUMN paid_at BIGINT;
ALTER TABLE applications ADD COLUMN paid_reference VARCHAR(400);
ALTER TABLE applications ADD COLUMN paid_amount BIGINT;
-- 1 while it waits for its turn behind the basic ones, and nobody has judged it.
ALTER TABLE applications ADD COLUMN queued INT NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN served_as VARCHAR(16);
ALTER TABLE applications ADD COLUMN member_id VARCHAR(100);
CREATE INDEX applications_by_name ON applications (name_hash);
CREATE INDEX applications_by_turn ON applications (queued, submitted_at, application_id);
CREATE INDEX applications_by_decision ON applications (decided_at);
CREATE INDEX applications_by_state ON applications (state, submitted_at, application_id);
CREATE INDEX members_by_application ON members (application_id);
UPDATE applications SET served_as = tier WHERE state <> 'waiting';
UPDATE applications SET member_id = (SELECT m.member_id FROM members m WHERE m.application_id = applications.application_id) WHERE state = 'approved';
