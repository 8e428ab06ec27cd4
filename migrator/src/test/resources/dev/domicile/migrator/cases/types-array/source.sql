INSERT INTO item VALUES
  (1, 'tenant-a', '{1,2,NULL}', '{a,NULL,"NULL","","a,b","q\"q","b\\b"}', '{{1.1,2.2},{3.3,NaN}}', '{infinity,-infinity}', array['{"a":1}'::jsonb, NULL], array[gen_random_uuid()]),
  (3, 'tenant-a', '{}', '{}', '{}', '{}', '{}', '{}'),
  (5, 'tenant-a', '[2:3]={1,2}', '[-1:0]={a,b}', '[0:1][5:6]={{1,2},{3,4}}', '{}', '{}', '{}'),
  (7, 'tenant-a', '{{{1},{2}},{{3},{4}}}', '{{a},{b}}', NULL, NULL, NULL, NULL),
  (1001, 'tenant-a', NULL, NULL, NULL, NULL, NULL, NULL),
  (1003, 'tenant-b', '{1,2,NULL}', '{a,NULL,"NULL","","a,b","q\"q","b\\b"}', '{{1.1,2.2},{3.3,NaN}}', '{infinity,-infinity}', array['{"a":1}'::jsonb, NULL], array[gen_random_uuid()]);
