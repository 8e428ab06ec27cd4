INSERT INTO item VALUES (2, 'tenant-c', 'a=>1, b=>NULL, "c d"=>"x\"y"', array['a=>1'::hstore]);
