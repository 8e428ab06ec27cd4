INSERT INTO item VALUES
  (1, 'tenant-a', '[0.1,0.2)', '{[0.1,0.2),[0.3,0.4]}'),
  (3, 'tenant-a', 'empty', '{}'),
  (5, 'tenant-a', '(,)', '{(,1),[2,)}'),
  (1001, 'tenant-a', NULL, NULL),
  (1003, 'tenant-b', '[0.1,0.2)', '{[0.1,0.2),[0.3,0.4]}');
