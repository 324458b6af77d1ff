s/(padding|margin|border)-left([-:])/\1-inline-start\2/g
s/(padding|margin|border)-right([-:])/\1-inline-end\2/g
s/([{;])left:/\1inset-inline-start:/g
s/([{;])right:/\1inset-inline-end:/g
s/text-align:left/text-align:start/g
s/text-align:right/text-align:end/g
