INSERT INTO item VALUES
  (1, 'tenant-a', 'a=>1, b=>NULL, "c d"=>"x\"y"', array['a=>1'::hstore]),
  (3, 'tenant-a', '', '{}'),
  (1001, 'tenant-a', NULL, NULL),
  (1003, 'tenant-b', 'a=>1, b=>NULL, "c d"=>"x\"y"', array['a=>1'::hstore]);
