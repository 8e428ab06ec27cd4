INSERT INTO item VALUES
  (1, 'tenant-a', '<a b="1">text<!-- note --><c/></a>'),
  (3, 'tenant-a', 'text only'),
  (5, 'tenant-a', '<?xml version="1.0"?><a>é</a>'),
  (7, 'tenant-a', '<a/><b/>'),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '<a b="1">text<!-- note --><c/></a>');
