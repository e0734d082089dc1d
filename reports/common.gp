# What every figure shares. Numbers come from the lines that are put before this file: width, height, left,
# right, bottom, top (pixels), rows_top, n_series, the fonts, and the sizes `dot` and `shape` of the terminal's points.
# No text of a suite is in a script: labels are read from the .tsv files beside it.
set encoding utf8
set datafile separator "\t"
set datafile commentschars ""
set multiplot
unset key
set lmargin at screen left / width
set rmargin at screen (width - right) / width
set bmargin at screen bottom / height
set tmargin at screen (height - top) / height
set xrange [0:1]
set yrange [0:rows_top]
set border 1 lw 1 lc rgb "#767676"
unset ytics
set xtics nomirror out scale 0.6 offset 0,0.3 font axis_font textcolor rgb "#404040"
set grid xtics lt 1 lw 1 lc rgb "#e2e2e2"
set grid back
