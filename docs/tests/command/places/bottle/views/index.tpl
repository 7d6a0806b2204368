<!doctype html>
% for article in articles:
<p>{{article}}</p>
% end
% if not articles:
<p>Nothing yet</p>
% end
