INSERT INTO item VALUES
  (1, 'tenant-a', to_tsvector('simple', 'the quick brown fox''s fox'), 'fox & !(cat | dog:*) <-> x:AB'),
  (3, 'tenant-a', '', ''),
  (5, 'tenant-a', '''it''''s'':1A,16383B ''back\\slash'':2C', '''a b'' <3> c'),
  (1001, 'tenant-a', NULL, NULL),
  (1003, 'tenant-b', to_tsvector('simple', 'the quick brown fox''s fox'), 'fox & !(cat | dog:*) <-> x:AB');
