INSERT INTO item VALUES (2, 'tenant-c', to_tsvector('simple', 'the quick brown fox''s fox'), 'fox & !(cat | dog:*) <-> x:AB');
